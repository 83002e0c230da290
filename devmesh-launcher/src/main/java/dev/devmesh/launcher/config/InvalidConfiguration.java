package dev.devmesh.launcher.config;

import java.util.ArrayList;
import java.util.List;

/** Everything that is wrong with a configuration, at once. */
public final class InvalidConfiguration extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    InvalidConfiguration(List<Problem> problems) {
        super(describe(problems));
        this.problems = problems.stream().sorted(Problem.READING_ORDER).toList();
    }

    /** What is wrong, in the order in which its reader will mend it; never empty. */
    public List<Problem> problems() {
        return problems;
    }

    /** A heading and one line for each problem, in columns. */
    private static String describe(List<Problem> problems) {
        List<Problem> sorted = problems.stream().sorted(Problem.READING_ORDER).toList();
        int placeWidth = sorted.stream().mapToInt(p -> p.place().length()).max().orElse(0);
        int pathWidth = sorted.stream().mapToInt(p -> p.path().length()).max().orElse(0);
        StringBuilder text = new StringBuilder()
                .append(sorted.size())
                .append(sorted.size() == 1 ? " problem " : " problems ")
                .append(where(sorted));
        for (Problem problem : sorted) {
            text.append("\n  ").append(problem.place());
            text.append(" ".repeat(placeWidth - problem.place().length() + 2)).append(problem.path());
            text.append(" ".repeat(pathWidth - problem.path().length() + 3)).append(problem.text());
        }
        return text.toString();
    }

    private static String where(List<Problem> problems) {
        List<String> places = new ArrayList<>();
        for (Problem problem : problems) {
            String place;
            if (problem.origin() instanceof Origin.FileLine file) {
                place = "in " + file.file();
            } else if (problem.origin() instanceof Origin.CommandLine) {
                place = "on the command line";
            } else {
                place = "in the environment";
            }
            if (!places.contains(place)) {
                places.add(place);
            }
        }
        return String.join(" and ", places);
    }
}
