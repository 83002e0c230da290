package dev.devmesh.launcher.config;

import java.util.List;

/** A piece of YAML that knows its line. Scalars keep their text: the key's type reads it, not YAML's guess. Immutable. */
sealed interface YamlNode {

    /** Where it begins, counted from 1. */
    int line();

    /** A value, quoted or not. */
    record Scalar(int line, String text) implements YamlNode {}

    /** A key with nothing behind it, or {@code null}. */
    record Empty(int line) implements YamlNode {}

    /** A list. */
    record Sequence(int line, List<YamlNode> items) implements YamlNode {}

    /** Keys and their values in the order of the file, repeated keys included. */
    record Mapping(int line, List<Entry> entries) implements YamlNode {}

    /** One key of a mapping. */
    record Entry(int line, String key, YamlNode value) {}
}
