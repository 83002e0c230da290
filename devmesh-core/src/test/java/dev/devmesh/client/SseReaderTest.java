package dev.devmesh.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class SseReaderTest {

    private static List<String> read(String stream) {
        return new SseReader(1_000)
                .read(ByteBuffer.wrap(stream.getBytes(StandardCharsets.UTF_8))).stream()
                        .map(event -> new String(event, StandardCharsets.UTF_8))
                        .toList();
    }

    @Test
    void anEventEndsWithAnEmptyLine() {
        assertThat(read("data: a\n\ndata: b\n\n")).containsExactly("a", "b");
    }

    @Test
    void linesEndInAnyOfThreeWays() {
        assertThat(read("data: a\r\rdata: b\r\n\r\ndata: c\n\r\n")).containsExactly("a", "b", "c");
    }

    @Test
    void severalLinesOfDataAreOneMessage() {
        assertThat(read("data: {\ndata:  \"a\":1\ndata:}\n\n")).containsExactly("{\n \"a\":1\n}");
    }

    @Test
    void commentsAndOtherFieldsMeanNothing() {
        assertThat(read(": hello\n\nid: 7\nretry: 10\ndata: a\nnonsense\n\n:\n\n"))
                .containsExactly("a");
    }

    @Test
    void eventsOfAnotherTypeAreLeftOut() {
        assertThat(read("event: ping\ndata: x\n\nevent: message\ndata: a\n\ndata: b\n\n"))
                .containsExactly("a", "b");
    }

    @Test
    void aByteOrderMarkStandsOnlyAtTheBeginning() {
        assertThat(read("\uFEFFdata: a\n\n\uFEFFdata: b\n\n")).containsExactly("a");
    }

    @Test
    void whatTheEndCutsOffIsNoEvent() {
        SseReader reader = new SseReader(1_000);

        assertThat(reader.read(ByteBuffer.wrap("data: a\n".getBytes(StandardCharsets.UTF_8))))
                .isEmpty();
        assertThat(reader.end()).isEmpty();
    }

    @Test
    void emptyDataIsAnEventAndNoDataIsNone() {
        assertThat(read("data\n\nevent: message\n\n")).containsExactly("");
    }

    @Test
    void aLineOrAnEventBeyondTheLimitIsRefused() {
        assertThat(read("data: " + "x".repeat(990) + "\n\n")).hasSize(1);
        assertThatThrownBy(() -> read(":" + "x".repeat(1_001))).isInstanceOf(Framing.TooLong.class);
        assertThatThrownBy(() -> read(("data: " + "x".repeat(100) + "\n").repeat(11)))
                .isInstanceOf(Framing.TooLong.class);
        assertThatThrownBy(() -> read("data:\n".repeat(1_002))).isInstanceOf(Framing.TooLong.class);
    }
}
