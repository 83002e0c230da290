package dev.devmesh.stdio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineReaderTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 64_000})
    void linesAreCutHoweverTheyArrive(int bytesPerRead) throws IOException {
        String longest = "x".repeat(40_000);

        assertThat(read("a\nbc\r\n\n\r\n" + longest + "\nd\re\n\rf", 40_000, bytesPerRead))
                .containsExactly("a", "bc", longest, "d\re", "\rf");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 64_000})
    void aLineAboveTheLimitIsToldOnceAndSkipped(int bytesPerRead) throws IOException {
        assertThat(read("1234\n12345\n123456789\n1234\r\n12345\r\n1234\r5\n\na\n", 4, bytesPerRead))
                .containsExactly("1234", "TOO_LONG", "TOO_LONG", "1234", "TOO_LONG", "TOO_LONG", "a");
        assertThat(read("1234\r", 4, bytesPerRead)).containsExactly("1234");
        assertThat(read("12345", 4, bytesPerRead)).containsExactly("TOO_LONG");
        assertThat(read("12345\n", 4, bytesPerRead)).containsExactly("TOO_LONG");
    }

    @Test
    void aLineAboveTheLimitIsToldBeforeItsEndHasCome() throws IOException {
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return 'x';
            }
        };

        assertThat(new LineReader(endless, 100_000).next()).isEqualTo(LineReader.Next.TOO_LONG);
    }

    @Test
    void theEndOfTheStreamEndsTheLastLineAndComesAgain() throws IOException {
        LineReader lines = new LineReader(new ByteArrayInputStream(new byte[] {'a'}), 10);

        assertThat(lines.next()).isEqualTo(LineReader.Next.LINE);
        assertThat(lines.next()).isEqualTo(LineReader.Next.END);
        assertThat(lines.next()).isEqualTo(LineReader.Next.END);
        assertThat(read("", 10, 10)).isEmpty();
        assertThat(read("\n\r\n\r", 10, 10)).isEmpty();
    }

    @Test
    void theBufferDoesNotStayAsLargeAsItsLongestLine() throws IOException {
        LineReader lines = new LineReader(
                new ByteArrayInputStream(("x".repeat(1 << 20) + "\na\n").getBytes(StandardCharsets.UTF_8)), 1 << 20);

        assertThat(lines.next()).isEqualTo(LineReader.Next.LINE);
        assertThat(lines.buffer()).hasSizeLessThanOrEqualTo((1 << 20) + 2);
        while (lines.next() != LineReader.Next.END) {
            assertThat(lines.length()).isEqualTo(1);
        }
        assertThat(lines.buffer()).hasSizeLessThan(1 << 16);
    }

    /** The lines, with the name of what is no line in its place. */
    private static List<String> read(String text, int maxBytes, int bytesPerRead) throws IOException {
        InputStream in = new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)) {
            @Override
            public synchronized int read(byte[] into, int offset, int length) {
                return super.read(into, offset, Math.min(length, bytesPerRead));
            }
        };
        LineReader lines = new LineReader(in, maxBytes);
        List<String> found = new ArrayList<>();
        for (LineReader.Next next = lines.next(); next != LineReader.Next.END; next = lines.next()) {
            found.add(
                    next == LineReader.Next.LINE
                            ? new String(lines.buffer(), lines.offset(), lines.length(), StandardCharsets.UTF_8)
                            : next.name());
        }
        return found;
    }
}
