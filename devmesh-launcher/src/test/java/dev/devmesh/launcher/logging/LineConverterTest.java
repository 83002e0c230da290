package dev.devmesh.launcher.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.LoggingEvent;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LineConverterTest {

    private static final Logger LOGGER = (Logger) LoggerFactory.getLogger(LineConverterTest.class);

    @Test
    void aMessageWithLineBreaksStaysOneRecord() {
        assertThat(line("one\ntwo\r\u001b[31m\u2028three", null)).isEqualTo("one\\ntwo  [31m three");
    }

    @Test
    void anExceptionFollowsOnTheSameLineWithItsStackAndCauses() {
        Exception error = new IllegalStateException("outer\nmessage", new IllegalArgumentException("inner"));

        assertThat(line("failed", error))
                .startsWith("failed | java.lang.IllegalStateException: outer\\nmessage | "
                        + "at dev.devmesh.launcher.logging.LineConverterTest.")
                .contains(" | caused by java.lang.IllegalArgumentException: inner")
                .doesNotContain("\n");
    }

    @Test
    void aStackWithoutEndIsCut() {
        assertThat(line("deep", deep(500))).contains(" more").hasSizeLessThan(20_000);
    }

    private static Exception deep(int levels) {
        return levels == 0 ? new Exception("deep") : deep(levels - 1);
    }

    private static String line(String message, @Nullable Throwable error) {
        return new LineConverter().convert(new LoggingEvent("", LOGGER, Level.ERROR, message, error, new Object[0]));
    }
}
