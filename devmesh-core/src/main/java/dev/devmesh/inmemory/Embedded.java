package dev.devmesh.inmemory;

import java.util.Arrays;

/**
 * The embedding of a text, which all items of a tenant with this text share.
 *
 * <p>Immutable: nobody writes to the vector.
 */
final class Embedded {

    private static final int CHARACTERS_PER_NUMBER = Float.BYTES / Character.BYTES;

    private final Key key;
    private final float[] vector;
    private final double length;

    Embedded(Key key, float[] vector) {
        this.key = key;
        this.vector = vector.clone();
        this.length = length(vector);
    }

    Key key() {
        return key;
    }

    float[] vector() {
        return vector.clone();
    }

    boolean hasVectorOf(Embedded other) {
        return Arrays.equals(vector, other.vector);
    }

    /** What it takes of the store's room for characters. */
    long size() {
        return (long) vector.length * CHARACTERS_PER_NUMBER;
    }

    boolean isComparableWith(float[] question, String model) {
        return vector.length == question.length && key.model().equals(model);
    }

    double cosine(float[] question, double questionLength) {
        double sum = 0;
        for (int i = 0; i < vector.length; i++) {
            sum += (double) vector[i] * question[i];
        }
        return Math.max(-1, Math.min(1, sum / (length * questionLength)));
    }

    static double length(float[] vector) {
        double squares = 0;
        for (float value : vector) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares);
    }

    /** Which text, embedded by which model: the model comes first, so that the index tells whether there are others. */
    record Key(String model, String tenant, String contentHash) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int order = model.compareTo(other.model);
            order = order != 0 ? order : tenant.compareTo(other.tenant);
            return order != 0 ? order : contentHash.compareTo(other.contentHash);
        }
    }
}
