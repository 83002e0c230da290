package dev.devmesh.event;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceContextTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "00-0000000000000000a3ce929d0e0e4736-00f067aa0ba902b7-00"
            })
    void aWellFormedParentIsGoneOnWith(String traceparent) {
        assertThat(TraceContext.from(traceparent).traceparent()).isEqualTo(traceparent);
    }

    @Test
    void aLaterVersionMayHaveMoreFields() {
        TraceContext trace = TraceContext.from("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-is-this");

        assertThat(trace.traceId()).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00",
                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
                "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-011"
            })
    void aMalformedParentBeginsANewTrace(String traceparent) {
        TraceContext trace = TraceContext.from(traceparent);

        assertThat(trace.traceId()).hasSize(32).matches("[0-9a-f]+");
        assertThat(trace.traceparent()).isNotEqualTo(traceparent);
    }
}
