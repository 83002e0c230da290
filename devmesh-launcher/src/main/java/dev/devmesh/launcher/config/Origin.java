package dev.devmesh.launcher.config;

/** Where a value comes from. Immutable. */
public sealed interface Origin {

    /** The value that holds when nobody sets one. */
    record Standard() implements Origin {
        @Override
        public String toString() {
            return "default";
        }
    }

    /**
     * The configuration file.
     *
     * @param file the file as its user named it
     * @param line counted from 1
     */
    record FileLine(String file, int line) implements Origin {
        @Override
        public String toString() {
            return file + " line " + line;
        }
    }

    /**
     * An environment variable.
     *
     * @param name the variable
     */
    record Environment(String name) implements Origin {
        @Override
        public String toString() {
            return name;
        }
    }

    /**
     * The command line.
     *
     * @param option the option, with its dashes
     */
    record CommandLine(String option) implements Origin {
        @Override
        public String toString() {
            return option;
        }
    }
}
