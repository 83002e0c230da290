package dev.devmesh.launcher.config;

import java.util.Comparator;

/**
 * One thing that is wrong with the configuration. Immutable.
 *
 * @param origin where the wrong thing stands
 * @param path the key that it is about
 * @param text what is wrong, as the end of a sentence that begins with the key
 */
public record Problem(Origin origin, String path, String text) {

    private static final int MAX_TEXT = 300;

    /** The file from top to bottom, then the environment by name, then the command line. */
    static final Comparator<Problem> READING_ORDER = Comparator.comparingInt(Problem::source)
            .thenComparingInt(Problem::line)
            .thenComparing(Problem::place)
            .thenComparing(Problem::path);

    /** Keeps one problem on one line, whatever the file holds. */
    public Problem {
        path = printable(path);
        text = printable(text);
    }

    private static String printable(String text) {
        String line = text.replaceAll("\\p{Cntrl}", " ");
        return line.length() <= MAX_TEXT ? line : line.substring(0, MAX_TEXT) + "…";
    }

    /** Where to look, for the first column of a list. */
    String place() {
        return origin instanceof Origin.FileLine file ? "line " + file.line() : origin.toString();
    }

    private int line() {
        return origin instanceof Origin.FileLine file ? file.line() : 0;
    }

    private int source() {
        if (origin instanceof Origin.FileLine) {
            return 0;
        }
        return origin instanceof Origin.CommandLine ? 2 : 1;
    }
}
