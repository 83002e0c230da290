package dev.devmesh.netty;

import io.netty.util.AsciiString;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The time as a {@code Date} header, made once a second. Safe for use by many threads. */
final class HttpDate {

    private static final DateTimeFormatter FORM = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);

    private static volatile Second current = new Second(-1);

    private HttpDate() {}

    static AsciiString now() {
        long second = System.currentTimeMillis() / 1_000;
        Second known = current;
        if (known.second != second) {
            known = new Second(second);
            current = known;
        }
        return known.text;
    }

    private static final class Second {

        private final long second;
        private final AsciiString text;

        Second(long second) {
            this.second = second;
            this.text = AsciiString.cached(FORM.format(Instant.ofEpochSecond(second)));
        }
    }
}
