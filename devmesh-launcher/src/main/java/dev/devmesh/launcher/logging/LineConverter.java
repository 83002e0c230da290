package dev.devmesh.launcher.logging;

import ch.qos.logback.classic.pattern.ThrowableHandlingConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import org.jspecify.annotations.Nullable;

/**
 * The message and, behind it, the exception with its stack, all on one line: what {@code grep} finds is the whole record,
 * and no text from outside can begin a record of its own. Safe for use by many threads.
 */
public final class LineConverter extends ThrowableHandlingConverter {

    private static final int MAX_FRAMES = 40;
    private static final int MAX_CAUSES = 10;

    @Override
    public String convert(ILoggingEvent event) {
        StringBuilder line = new StringBuilder();
        append(line, event.getFormattedMessage());
        IThrowableProxy thrown = event.getThrowableProxy();
        for (int causes = 0; thrown != null && causes < MAX_CAUSES; causes++) {
            line.append(causes == 0 ? " | " : " | caused by ").append(thrown.getClassName());
            if (thrown.getMessage() != null) {
                line.append(": ");
                append(line, thrown.getMessage());
            }
            frames(line, thrown);
            thrown = thrown.getCause();
        }
        return line.toString();
    }

    private static void frames(StringBuilder line, IThrowableProxy thrown) {
        StackTraceElementProxy[] frames = thrown.getStackTraceElementProxyArray();
        int own = Math.max(0, frames.length - thrown.getCommonFrames());
        for (int i = 0; i < Math.min(own, MAX_FRAMES); i++) {
            line.append(" | ").append(frames[i].getSTEAsString());
        }
        if (own > MAX_FRAMES) {
            line.append(" | ").append(own - MAX_FRAMES).append(" more");
        }
    }

    private static void append(StringBuilder line, @Nullable String text) {
        if (text == null) {
            return;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\n') {
                line.append("\\n");
            } else if (Character.isISOControl(c) || c == '\u2028' || c == '\u2029') {
                line.append(' ');
            } else {
                line.append(c);
            }
        }
    }
}
