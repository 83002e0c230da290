package dev.devmesh.outbound;

import dev.devmesh.MeshException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer: unpacked, and cut off where it is larger than it may be, as it arrives or unpacked, or where it unpacks to
 * more than {@value #MAX_RATIO} times its size. What goes wrong is a {@link MeshException}, and ends the connection. Confined to its
 * caller, save {@link #close}.
 */
final class BoundedBody extends InputStream {

    /** Beyond the first mebibyte, the most bytes that one may unpack to. */
    static final int MAX_RATIO = 100;

    private static final long UNTIL_RATIO_COUNTS = 1 << 20;

    private final Wire.Answer answer;
    private final String host;
    private final long most;
    private final InputStream arriving;
    private @Nullable InputStream unpacked;
    private final boolean packed;
    private long arrived;
    private long read;
    private boolean ended;

    /** @throws MeshException if the answer says already that it is too large, or how it is packed is unknown */
    BoundedBody(Wire.Answer answer, InputStream raw, String host, long most) {
        this.answer = answer;
        this.host = host;
        this.most = most;
        this.arriving = new Arriving(raw);
        String coding = single("Content-Encoding").strip().toLowerCase(Locale.ROOT);
        this.packed = coding.equals("gzip") || coding.equals("x-gzip");
        if (!packed && !coding.isEmpty() && !coding.equals("identity")) {
            throw ended(Refusals.coding(host));
        }
        String length = single("Content-Length");
        if (length.matches("\\d{1,18}") && Long.parseLong(length) > most || length.length() > 18) {
            throw ended(Refusals.tooLarge(host, most));
        }
    }

    private String single(String header) {
        return String.join(",", answer.headers().getOrDefault(header, List.of()));
    }

    @Override
    public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) {
        if (ended || length == 0) {
            return ended ? -1 : 0;
        }
        try {
            int count = unpacked().read(into, offset, length);
            if (count < 0) {
                end();
                return -1;
            }
            read += count;
            if (read > most) {
                throw Refusals.tooLarge(host, most);
            }
            if (packed && read > UNTIL_RATIO_COUNTS && read / MAX_RATIO > arrived) {
                throw Refusals.bomb(host);
            }
            return count;
        } catch (MeshException e) {
            throw ended(e);
        } catch (IOException e) {
            throw ended(failure(e));
        }
    }

    private InputStream unpacked() throws IOException {
        InputStream stream = unpacked;
        if (stream == null) {
            stream = packed ? new GZIPInputStream(arriving, 4096) : arriving;
            unpacked = stream;
        }
        return stream;
    }

    /** Behind packed content there may be the mark of the body's end, which must be read before the connection is used again. */
    private void end() throws IOException {
        if (packed && arriving.read() >= 0) {
            ended = true;
            answer.abort();
        } else {
            ended = true;
            answer.done();
        }
    }

    private MeshException failure(IOException e) {
        if (e instanceof SocketTimeoutException || answer.isExpired()) {
            return Refusals.timeout(host, e);
        }
        if (e instanceof ZipException || e instanceof EOFException) {
            return Refusals.notHttp(host, e);
        }
        return Refusals.unreachable(host, e);
    }

    private MeshException ended(MeshException problem) {
        close();
        return problem;
    }

    /** Cuts the connection unless all was read. */
    @Override
    public void close() {
        if (!ended) {
            ended = true;
            answer.abort();
        }
    }

    /** Counts what arrives. */
    private final class Arriving extends InputStream {

        private final InputStream raw;

        Arriving(InputStream raw) {
            this.raw = raw;
        }

        @Override
        public int read() throws IOException {
            int value = raw.read();
            if (value >= 0) {
                count(1);
            }
            return value;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int count = raw.read(into, offset, length);
            if (count > 0) {
                count(count);
            }
            return count;
        }

        @Override
        public int available() throws IOException {
            return raw.available();
        }

        private void count(int more) {
            arrived += more;
            if (arrived > most) {
                throw Refusals.tooLarge(host, most);
            }
        }
    }
}
