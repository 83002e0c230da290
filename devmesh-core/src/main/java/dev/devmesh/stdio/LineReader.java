package dev.devmesh.stdio;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Cuts a stream into lines. A line ends with {@code \n}, before which a {@code \r} may stand, or with the stream. No more is
 * kept of a line than it may have.
 *
 * <p>Confined to its caller.
 */
final class LineReader {

    /** What comes next. */
    enum Next {
        /** A line that is not empty; it stays in the buffer until the next one is asked for. */
        LINE,
        /** A line above the limit: told as soon as it shows, and skipped. */
        TOO_LONG,
        /** The end of the stream. */
        END
    }

    /** The buffer grows beyond this for one line only. */
    private static final int USUAL_BYTES = 16 * 1024;

    private final InputStream in;
    private final int maxBytes;
    private byte[] buffer = new byte[USUAL_BYTES];

    /** Where in the buffer begins what was not looked at yet, and where what was read ends. */
    private int position;

    private int limit;

    private int offset;
    private int length;
    private boolean skipping;
    private boolean ended;

    /** @param maxBytes how long a line may be, without its end */
    LineReader(InputStream in, int maxBytes) {
        this.in = in;
        this.maxBytes = maxBytes;
    }

    /** Where the line is; not to be kept. */
    byte[] buffer() {
        return buffer;
    }

    /** Where in the buffer the line begins. */
    int offset() {
        return offset;
    }

    /** How long the line is, without its end. */
    int length() {
        return length;
    }

    /** Reads until there is something to tell. Empty lines are passed over. */
    Next next() throws IOException {
        offset = position;
        while (true) {
            if (position < limit) {
                if (buffer[position++] != '\n') {
                    if (skipping) {
                        offset = position;
                    } else if (position - offset > maxBytes && isTooLong()) {
                        skipping = true;
                        offset = position;
                        return Next.TOO_LONG;
                    }
                    continue;
                }
                int end = position - 1;
                boolean skipped = skipping;
                skipping = false;
                if (!skipped && isLine(end)) {
                    return Next.LINE;
                }
                offset = position;
            } else if (ended) {
                return Next.END;
            } else if (!fill()) {
                ended = true;
                if (!skipping && isLine(limit)) {
                    return Next.LINE;
                }
            }
        }
    }

    /** One byte more than allowed is none too many if it turns out to be the carriage return of the line's end. */
    private boolean isTooLong() {
        return position - offset > maxBytes + 1 || buffer[position - 1] != '\r';
    }

    private boolean isLine(int end) {
        length = end - offset;
        if (length > 0 && buffer[end - 1] == '\r') {
            length--;
        }
        return length > 0;
    }

    /** Makes room and reads; false at the end of the stream. */
    private boolean fill() throws IOException {
        int kept = limit - offset;
        if (kept == 0 && buffer.length > USUAL_BYTES) {
            buffer = new byte[USUAL_BYTES];
        } else if (kept == buffer.length) {
            // never beyond the longest line and its end, so that the growth has an end as well
            buffer = Arrays.copyOf(buffer, (int) Math.min(2L * kept, maxBytes + 2L));
        } else {
            System.arraycopy(buffer, offset, buffer, 0, kept);
        }
        position -= offset;
        limit = kept;
        offset = 0;
        int read = in.read(buffer, limit, buffer.length - limit);
        limit += Math.max(read, 0);
        return read >= 0;
    }
}
