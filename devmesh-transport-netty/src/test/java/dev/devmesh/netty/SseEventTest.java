package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.devmesh.json.JsonWritable;
import dev.devmesh.mcp.McpEvent;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SseEventTest {

    private static final JsonWritable MESSAGE = out -> {
        out.writeStartObject();
        out.writeStringProperty("text", "line\nüber");
        out.writeEndObject();
    };

    private static final String JSON = "{\"text\":\"line\\nüber\"}";

    private static String bytes(ByteBuf event) {
        try {
            return event.toString(StandardCharsets.UTF_8);
        } finally {
            event.release();
        }
    }

    private static String encoded(Optional<JsonWritable> message, String id, Duration retry) {
        return bytes(SseEvent.encode(UnpooledByteBufAllocator.DEFAULT, new McpEvent(message, id, retry)));
    }

    @Test
    void aMessageAloneIsOneLineOfData() {
        String alone = "data: " + JSON + "\n\n";

        assertThat(bytes(SseEvent.encode(UnpooledByteBufAllocator.DEFAULT, MESSAGE)))
                .isEqualTo(alone);
        assertThat(encoded(Optional.of(MESSAGE), "", Duration.ZERO)).isEqualTo(alone);
    }

    @Test
    void idAndTimeToComeBackPrecedeTheData() {
        assertThat(encoded(Optional.of(MESSAGE), "s1-7", Duration.ZERO)).isEqualTo("id: s1-7\ndata: " + JSON + "\n\n");
        assertThat(encoded(Optional.of(MESSAGE), "", Duration.ofSeconds(2)))
                .isEqualTo("retry: 2000\ndata: " + JSON + "\n\n");
        assertThat(encoded(Optional.of(MESSAGE), "s1-7", Duration.ofMillis(500)))
                .isEqualTo("id: s1-7\nretry: 500\ndata: " + JSON + "\n\n");
    }

    @Test
    void anEventWithoutAMessageHasEmptyData() {
        assertThat(encoded(Optional.empty(), "s1-0", Duration.ZERO)).isEqualTo("id: s1-0\ndata: \n\n");
        assertThat(encoded(Optional.empty(), "s1-0", Duration.ofMillis(500)))
                .isEqualTo("id: s1-0\nretry: 500\ndata: \n\n");
    }

    @Test
    void aMessageThatCannotBeWrittenLeavesNoBuffer() {
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
        JsonWritable broken = out -> {
            out.writeStartObject();
            throw new IllegalStateException("broken");
        };

        assertThatThrownBy(() -> SseEvent.encode(allocator, new McpEvent(Optional.of(broken), "1", Duration.ZERO)))
                .isInstanceOf(IllegalStateException.class);
        assertThat(allocator.metric().usedDirectMemory()).isZero();
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }
}
