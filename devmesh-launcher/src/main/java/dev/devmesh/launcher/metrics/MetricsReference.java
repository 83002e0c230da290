package dev.devmesh.launcher.metrics;

import java.util.List;
import java.util.stream.Collectors;

/** The manual's page on figures. Stateless. */
final class MetricsReference {

    /** What Micrometer tells of any JVM: those that can be relied on. */
    static final List<String> JVM = List.of(
            "jvm_memory_used_bytes",
            "jvm_memory_committed_bytes",
            "jvm_memory_max_bytes",
            "jvm_buffer_memory_used_bytes",
            "jvm_gc_live_data_size_bytes",
            "jvm_gc_memory_allocated_bytes_total",
            "jvm_threads_live_threads",
            "jvm_threads_states_threads",
            "jvm_classes_loaded_classes",
            "system_cpu_count",
            "process_cpu_usage",
            "process_files_open_files",
            "process_uptime_seconds");

    private MetricsReference() {}

    /** The page, in Markdown. */
    static String manual() {
        StringBuilder text = new StringBuilder("""
                # Metrics

                <!-- Made from the table of figures; a test compares. After a change there: mvn -pl devmesh-launcher -am test -Dtest=MetricsManualTest -Dsurefire.failIfNoSpecifiedTests=false -Ddevmesh.write-manual=true -->

                What the server tells Prometheus, in its text format, at `/metrics` of the management listener.

                | Name | Type | Labels | Meaning |
                | --- | --- | --- | --- |
                """);
        for (Figure figure : Figure.values()) {
            text.append("| `").append(figure.family()).append("` | ").append(figure.type());
            text.append(" | ").append(labels(figure));
            text.append(" | ").append(figure.meaning()).append(" |\n");
        }
        text.append("""

                A histogram `X_seconds` has the samples `X_seconds_bucket`, `X_seconds_sum` and `X_seconds_count`, and beside
                it the gauge `X_seconds_max`, the longest time of the last two minutes.

                Label values are words of this program and names of what is registered, never what a caller wrote: a `route` is a
                path or a path template, or `none`; a `name` is that of a registered tool, prompt or resource, a template, or
                `unknown`. After %d names of a kind the further ones are `other`. No label names a tenant or a credential.

                Of the JVM and its process, by Micrometer, among others:

                """.formatted(KnownNames.MOST));
        JVM.forEach(name -> text.append("- `").append(name).append("`\n"));
        return text.toString();
    }

    private static String labels(Figure figure) {
        return figure.labels().stream().map(label -> "`" + label + "`").collect(Collectors.joining(", "));
    }
}
