package dev.devmesh.launcher.metrics;

import java.util.List;

/** A figure that this program keeps of itself: the one list of names, labels and meanings. The manual's page is made from it. */
enum Figure {
    HTTP_REQUESTS(
            Kind.TIME,
            "http.requests",
            "From the end of a request's head to the end of its answer, streams included; `status` is a class such as `2xx`.",
            "surface",
            "method",
            "route",
            "status"),
    HTTP_RESPONSES(
            Kind.COUNT,
            "http.responses",
            "Answers by exact status; 499 is a client that left before its answer was complete.",
            "surface",
            "status"),
    HTTP_IN_FLIGHT(Kind.LEVEL, "http.requests.in.flight", "Requests that wait for the end of their answer.", "surface"),
    CONNECTIONS(Kind.LEVEL, "connections", "Open network connections, WebSockets included."),
    CONNECTIONS_OPENED(Kind.COUNT, "connections.opened", "Network connections that were opened."),
    WEBSOCKETS(Kind.LEVEL, "websockets", "Open WebSockets."),
    WEBSOCKETS_CLOSED(Kind.COUNT, "websockets.closed", "WebSockets that were closed, by cause.", "cause"),
    MCP_IN_FLIGHT(Kind.LEVEL, "mcp.requests.in.flight", "MCP requests under way, of all credentials together."),
    MCP_REFUSED(
            Kind.COUNT,
            "mcp.requests.refused",
            "Requests that were refused before a tool or a service saw them, by error code.",
            "code"),
    AUDIT_LOST(Kind.COUNT, "audit.lost", "Acts that are not in the audit log, because more came than the store took."),
    SESSIONS_BEGUN(Kind.COUNT, "mcp.sessions.begun", "Sessions that were begun, by protocol revision.", "revision"),
    SESSIONS_ENDED(Kind.COUNT, "mcp.sessions.ended", "Sessions that their clients ended over HTTP."),
    LISTENS(Kind.LEVEL, "mcp.listens", "Clients that listen to changes now."),
    LISTENS_UNSENT(
            Kind.COUNT, "mcp.listens.unsent", "Messages that clients were not sent because they stopped listening."),
    CALLS(
            Kind.TIME,
            "calls",
            "Calls of tools, prompts, resources and completions; `outcome` is `ok`, `tool_error` or an error code.",
            "kind",
            "name",
            "outcome"),
    CALLS_OVERRAN(
            Kind.COUNT,
            "calls.overran",
            "Handlers that went on after their caller was answered, ignoring their interrupt.",
            "kind",
            "name"),
    TOOLS(Kind.LEVEL, "tools", "Registered tools."),
    TASKS_CHANGED(Kind.COUNT, "tasks.changed", "Tasks that came to a status.", "status"),
    ITEMS_EMBEDDED(
            Kind.COUNT,
            "embedding.items",
            "Items of contexts that the embedder was done with: embedded, reused, refused or postponed.",
            "outcome"),
    EMBEDDING_LEFT(
            Kind.LEVEL,
            "embedding.items.left",
            "Items without an embedding of all tenants: pending, or failed because the model refused them.",
            "state"),
    QUEUE_JOBS(
            Kind.LEVEL,
            "queue.jobs",
            "Jobs of a queue; `state` is `ready`, `delayed`, `leased` or `dead`.",
            "queue",
            "state"),
    QUEUE_OLDEST(Kind.LEVEL, "queue.oldest.age.seconds", "For how long the oldest due job of a queue waits.", "queue"),
    DATABASE_CONNECTIONS(
            Kind.LEVEL, "database.connections", "Connections to the database; `state` is `active` or `idle`.", "state"),
    DATABASE_CONNECTIONS_MOST(Kind.LEVEL, "database.connections.most", "How many there may be (`database.pool_size`)."),
    DATABASE_WAITING(Kind.LEVEL, "database.connections.waiting", "Threads that wait for a connection."),
    DATABASE_ACQUIRED(
            Kind.TIME, "database.acquire", "How long units of work waited for their connection, in vain or not."),
    DATABASE_STATEMENTS(Kind.TIME, "database.statements", "How long the database took over a statement."),
    DATABASE_TRANSACTIONS(
            Kind.TIME,
            "database.transactions",
            "How long units of work held their connection; `outcome` is `committed` or `rolled_back`.",
            "outcome"),
    DATABASE_ERRORS(
            Kind.COUNT,
            "database.errors",
            "What the database refused; `class` is the first two characters of the SQLSTATE, `pool` when every connection was"
                    + " taken, or `none`.",
            "class"),
    DIRECT_MEMORY(Kind.LEVEL, "netty.direct.memory.bytes", "Memory outside of the heap that network buffers hold.");

    /** How a figure moves. */
    enum Kind {
        /** Only upwards. */
        COUNT("counter"),
        /** Up and down. */
        LEVEL("gauge"),
        /** Counts, and adds up time. */
        TIME("histogram");

        private final String prometheus;

        Kind(String prometheus) {
            this.prometheus = prometheus;
        }
    }

    private final Kind kind;
    private final String id;
    private final String meaning;
    private final List<String> labels;

    Figure(Kind kind, String id, String meaning, String... labels) {
        this.kind = kind;
        this.id = "devmesh." + id;
        this.meaning = meaning;
        this.labels = List.of(labels);
    }

    Kind kind() {
        return kind;
    }

    /** As Micrometer has it. */
    String id() {
        return id;
    }

    String meaning() {
        return meaning;
    }

    List<String> labels() {
        return labels;
    }

    /** Of which family its samples are, in Prometheus. */
    String family() {
        String name = id.replace('.', '_');
        return switch (kind) {
            case COUNT -> name + "_total";
            case TIME -> name + "_seconds";
            case LEVEL -> name;
        };
    }

    /** What Prometheus calls its kind. */
    String type() {
        return kind.prometheus;
    }
}
