package dev.devmesh.launcher.command;

import dev.devmesh.launcher.exit.ExitCode;
import dev.devmesh.launcher.exit.Failure;
import dev.devmesh.text.Nearest;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** What a process of a mesh may be there for. */
enum Role {
    /** Clients: MCP, webhooks, everything that comes by HTTP. */
    EDGE,
    /** The REST API on a port of its own. */
    API,
    /** Work from the queue. */
    WORKER;

    private static final String ALL = "edge,api,worker";

    /**
     * Checks what was given to {@code --roles}.
     *
     * @param given names; none means all
     * @throws Failure unless they are all
     */
    static void requireAll(List<String> given) {
        Set<Role> asked = EnumSet.noneOf(Role.class);
        for (String name : given) {
            asked.add(of(name.trim()));
        }
        Set<Role> missing = EnumSet.complementOf(EnumSet.copyOf(asked));
        if (!given.isEmpty() && !missing.isEmpty()) {
            String others = missing.stream().map(Role::toString).collect(Collectors.joining(" and "));
            throw new Failure(
                    ExitCode.USAGE,
                    "--roles leaves " + others
                            + " to another process, and this version has no queue that several share: each"
                            + " process does all of it, over one database if database.url names one",
                    "leave out --roles, or --roles " + ALL);
        }
    }

    private static Role of(String name) {
        for (Role role : values()) {
            if (role.toString().equals(name)) {
                return role;
            }
        }
        throw new Failure(
                ExitCode.USAGE,
                "--roles knows no role '" + name + "'",
                Nearest.nearest(
                                name,
                                Arrays.stream(values()).map(Role::toString).toList())
                        .map(near -> "did you mean " + near + "?")
                        .orElse("--roles " + ALL));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
