package dev.devmesh.launcher.config;

/**
 * A text that must not be shown. Immutable.
 *
 * @param reveal the text itself; empty when none is set
 */
public record Secret(String reveal) {

    /** Whether a secret is set. */
    public boolean isSet() {
        return !reveal.isEmpty();
    }

    @Override
    public String toString() {
        return isSet() ? "***" : "";
    }
}
