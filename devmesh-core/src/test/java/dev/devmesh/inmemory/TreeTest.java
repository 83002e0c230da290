package dev.devmesh.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** The persistent tree against the map that it stands in for. */
final class TreeTest {

    @Property(tries = 500)
    void behavesLikeASortedMap(@ForAll @Size(max = 200) List<@IntRange(min = -60, max = 60) Integer> keys) {
        Tree<Integer, String> tree = Tree.empty();
        TreeMap<Integer, String> model = new TreeMap<>();
        for (int key : keys) {
            Tree<Integer, String> before = tree;
            List<Map.Entry<Integer, String>> content = entries(before.entries());
            // A negative key takes away what a positive one put in.
            if (key < 0) {
                tree = tree.without(-key);
                model.remove(-key);
            } else {
                tree = tree.with(key, "v" + model.size());
                model.put(key, "v" + model.size());
            }
            assertThat(entries(before.entries())).as("the tree from before").isEqualTo(content);
        }
        assertThat(entries(tree.entries())).isEqualTo(List.copyOf(model.entrySet()));
        assertThat(tree.size()).isEqualTo(model.size());
        for (int key = -1; key <= 61; key++) {
            assertThat(tree.get(key)).isEqualTo(model.get(key));
            assertThat(entries(tree.above(key)))
                    .isEqualTo(List.copyOf(model.tailMap(key, false).entrySet()));
        }
    }

    @Test
    void staysShallowWhenKeysComeInOrder() {
        Tree<Integer, Integer> tree = Tree.empty();
        for (int i = 0; i < 100_000; i++) {
            tree = tree.with(i, i);
        }
        // A weight-balanced tree of this kind is no deeper than log(n) / log(4/3), here 41.
        assertThat(tree.depth()).isLessThanOrEqualTo(41);
        for (int i = 0; i < 99_000; i++) {
            tree = tree.without(i);
        }
        assertThat(tree.size()).isEqualTo(1_000);
        assertThat(tree.depth()).isLessThanOrEqualTo(24);
    }

    private static <V> List<Map.Entry<Integer, V>> entries(Iterable<Tree.Node<Integer, V>> nodes) {
        List<Map.Entry<Integer, V>> entries = new ArrayList<>();
        nodes.forEach(node -> entries.add(Map.entry(node.key, node.value)));
        return entries;
    }
}
