package dev.devmesh.rest;

import java.util.stream.Collectors;

/** Writes the table of routes for people, behind what people wrote. */
final class RestManual {

    /** Everything behind it is made. */
    static final String MARK =
            "<!-- From here on made from the table of routes; a test compares. After a change there: mvn -pl devmesh-core test"
                    + " -Dtest=RestManualTest -Ddevmesh.write-manual=true -->\n";

    private RestManual() {}

    static String page(String before, RouteTable routes) {
        StringBuilder page = new StringBuilder(before.substring(0, before.indexOf(MARK))).append(MARK);
        page.append("\n| Route | Needs | Does | Query |\n| --- | --- | --- | --- |\n");
        routes.all()
                .values()
                .forEach(verbs -> verbs.values()
                        .forEach(route -> page.append("| `")
                                .append(route.verb())
                                .append(' ')
                                .append(route.path())
                                .append("` | ")
                                .append(access(route.access()))
                                .append(" | ")
                                .append(route.summary())
                                .append(route.takesIdempotencyKey() ? "; takes `Idempotency-Key`" : "")
                                .append(" | ")
                                .append(route.query().stream()
                                        .map(RestManual::parameter)
                                        .collect(Collectors.joining(", ")))
                                .append(" |\n")));
        return page.toString();
    }

    private static String access(Access access) {
        if (access instanceof Access.Permission permission) {
            return "`" + permission.name() + "`";
        }
        return access instanceof Access.Public ? "nothing" : "a credential";
    }

    private static String parameter(Parameter parameter) {
        return "`" + parameter.pattern() + "`"
                + (parameter.kind() == Parameter.Kind.INTEGER
                        ? " " + parameter.least() + "\u2013" + parameter.most() + ", " + parameter.standard()
                        : "");
    }
}
