package dev.devmesh.inmemory;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A sorted map that is never changed: adding and removing give another tree that shares all but a path of nodes with
 * this one. So a reader keeps what it began with while a writer goes on, and a rollback is to forget.
 *
 * <p>It is balanced by weight: neither side of a node is more than three times as heavy as the other (Adams; Hirai and
 * Yamamoto proved the pair of 3 and 2). Reading and writing take time in proportion to the logarithm of the size.
 *
 * <p>Immutable.
 */
final class Tree<K extends Comparable<? super K>, V> {

    private static final int DELTA = 3;
    private static final int RATIO = 2;
    private static final Tree<?, ?> EMPTY = new Tree<>(null);

    private final @Nullable Node<K, V> root;

    private Tree(@Nullable Node<K, V> root) {
        this.root = root;
    }

    // An empty tree holds nothing of any type.
    @SuppressWarnings("unchecked")
    static <K extends Comparable<? super K>, V> Tree<K, V> empty() {
        return (Tree<K, V>) EMPTY;
    }

    int size() {
        return size(root);
    }

    @Nullable
    V get(K key) {
        Node<K, V> node = root;
        while (node != null) {
            int order = key.compareTo(node.key);
            if (order == 0) {
                return node.value;
            }
            node = order < 0 ? node.left : node.right;
        }
        return null;
    }

    /** This tree with the value under the key, whether or not there was another. */
    Tree<K, V> with(K key, V value) {
        return new Tree<>(put(root, key, value));
    }

    /** This tree without the key; this tree itself if it has none. */
    Tree<K, V> without(K key) {
        if (get(key) == null) {
            return this;
        }
        Node<K, V> rest = remove(root, key);
        return rest == null ? empty() : new Tree<>(rest);
    }

    /** The most steps from the root to an entry, itself included. */
    int depth() {
        return depth(root);
    }

    /** All entries, ascending. */
    Iterable<Node<K, V>> entries() {
        return () -> new Ascending<>(root, null);
    }

    /** The entries whose key is higher than this one, ascending. */
    Iterable<Node<K, V>> above(K key) {
        return () -> new Ascending<>(root, key);
    }

    /** An entry of a tree. */
    static final class Node<K, V> {
        final K key;
        final V value;
        private final int size;
        private final @Nullable Node<K, V> left;
        private final @Nullable Node<K, V> right;

        private Node(K key, V value, @Nullable Node<K, V> left, @Nullable Node<K, V> right) {
            this.key = key;
            this.value = value;
            this.left = left;
            this.right = right;
            this.size = 1 + Tree.size(left) + Tree.size(right);
        }
    }

    private static final class Ascending<K extends Comparable<? super K>, V> implements Iterator<Node<K, V>> {
        private final Deque<Node<K, V>> path = new ArrayDeque<>();

        Ascending(@Nullable Node<K, V> root, @Nullable K above) {
            Node<K, V> node = root;
            while (node != null) {
                if (above == null || above.compareTo(node.key) < 0) {
                    path.push(node);
                    node = node.left;
                } else {
                    node = node.right;
                }
            }
        }

        @Override
        public boolean hasNext() {
            return !path.isEmpty();
        }

        @Override
        public Node<K, V> next() {
            if (path.isEmpty()) {
                throw new NoSuchElementException();
            }
            Node<K, V> next = path.pop();
            for (Node<K, V> node = next.right; node != null; node = node.left) {
                path.push(node);
            }
            return next;
        }
    }

    private static int size(@Nullable Node<?, ?> node) {
        return node == null ? 0 : node.size;
    }

    private static int depth(@Nullable Node<?, ?> node) {
        return node == null ? 0 : 1 + Math.max(depth(node.left), depth(node.right));
    }

    private static <K extends Comparable<? super K>, V> Node<K, V> put(@Nullable Node<K, V> node, K key, V value) {
        if (node == null) {
            return new Node<>(key, value, null, null);
        }
        int order = key.compareTo(node.key);
        if (order == 0) {
            return new Node<>(key, value, node.left, node.right);
        }
        return order < 0
                ? balanced(node.key, node.value, put(node.left, key, value), node.right)
                : balanced(node.key, node.value, node.left, put(node.right, key, value));
    }

    private static <K extends Comparable<? super K>, V> @Nullable Node<K, V> remove(@Nullable Node<K, V> node, K key) {
        if (node == null) {
            return null;
        }
        int order = key.compareTo(node.key);
        if (order < 0) {
            return balanced(node.key, node.value, remove(node.left, key), node.right);
        }
        if (order > 0) {
            return balanced(node.key, node.value, node.left, remove(node.right, key));
        }
        if (node.left == null) {
            return node.right;
        }
        if (node.right == null) {
            return node.left;
        }
        Node<K, V> successor = node.right;
        while (successor.left != null) {
            successor = successor.left;
        }
        return balanced(successor.key, successor.value, node.left, withoutFirst(node.right));
    }

    private static <K, V> @Nullable Node<K, V> withoutFirst(Node<K, V> node) {
        return node.left == null ? node.right : balanced(node.key, node.value, withoutFirst(node.left), node.right);
    }

    private static <K, V> Node<K, V> balanced(K key, V value, @Nullable Node<K, V> left, @Nullable Node<K, V> right) {
        int leftSize = size(left);
        int rightSize = size(right);
        if (leftSize + rightSize > 1) {
            if (rightSize > DELTA * leftSize) {
                return leanLeft(key, value, left, Objects.requireNonNull(right));
            }
            if (leftSize > DELTA * rightSize) {
                return leanRight(key, value, Objects.requireNonNull(left), right);
            }
        }
        return new Node<>(key, value, left, right);
    }

    private static <K, V> Node<K, V> leanLeft(K key, V value, @Nullable Node<K, V> left, Node<K, V> right) {
        Node<K, V> inner = right.left;
        if (inner == null || inner.size < RATIO * size(right.right)) {
            return new Node<>(right.key, right.value, new Node<>(key, value, left, inner), right.right);
        }
        return new Node<>(
                inner.key,
                inner.value,
                new Node<>(key, value, left, inner.left),
                new Node<>(right.key, right.value, inner.right, right.right));
    }

    private static <K, V> Node<K, V> leanRight(K key, V value, Node<K, V> left, @Nullable Node<K, V> right) {
        Node<K, V> inner = left.right;
        if (inner == null || inner.size < RATIO * size(left.left)) {
            return new Node<>(left.key, left.value, left.left, new Node<>(key, value, inner, right));
        }
        return new Node<>(
                inner.key,
                inner.value,
                new Node<>(left.key, left.value, left.left, inner.left),
                new Node<>(key, value, inner.right, right));
    }
}
