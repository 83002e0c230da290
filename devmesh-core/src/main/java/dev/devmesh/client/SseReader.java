package dev.devmesh.client;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Cuts an event stream into events, as the HTML standard has it ("Server-sent events"), however its bytes are cut into
 * pieces. It works on bytes: in UTF-8 a line end is never a part of another character, so none is ever split.
 *
 * <p>An event of another type than {@code message} is left out, and so is one that the end of the stream cuts off. Ids and the time to come back are kept for streams of sessions.
 *
 * <p>Confined to its caller.
 */
final class SseReader implements Framing {

    private static final byte[] MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
    private static final byte[] DATA = {'d', 'a', 't', 'a'};
    private static final byte[] EVENT = {'e', 'v', 'e', 'n', 't'};
    private static final byte[] ID = {'i', 'd'};
    private static final byte[] RETRY = {'r', 'e', 't', 'r', 'y'};
    private static final byte[] MESSAGE = {'m', 'e', 's', 's', 'a', 'g', 'e'};

    private final int most;
    private final Bytes line = new Bytes();
    private final Bytes data = new Bytes();
    private boolean firstLine = true;
    private boolean afterReturn;
    private boolean hasData;
    private boolean isMessage = true;
    private String id = "";
    private String lastEventId = "";
    private Optional<Duration> retry = Optional.empty();

    /** @param most how many bytes an event may have, and a line */
    SseReader(int most) {
        this.most = most;
    }

    @Override
    public List<byte[]> read(ByteBuffer bytes) {
        List<byte[]> events = new ArrayList<>();
        while (bytes.hasRemaining()) {
            byte next = bytes.get();
            boolean feedOfReturn = next == '\n' && afterReturn;
            afterReturn = next == '\r';
            if (feedOfReturn) {
                continue; // CR LF is one line end
            }
            if (next == '\r' || next == '\n') {
                endLine(events);
            } else if (line.size() == most) {
                throw new TooLong(most);
            } else {
                line.write(next);
            }
        }
        return events;
    }

    /** An event that is not complete when the stream ends was cut off. */
    @Override
    public List<byte[]> end() {
        return List.of();
    }

    /** The id of the last event that is complete, or empty where none had one. */
    String lastEventId() {
        return lastEventId;
    }

    /** How long the server wants to be left alone when the stream has ended, if it said so. */
    Optional<Duration> retry() {
        return retry;
    }

    private void endLine(List<byte[]> events) {
        int from = firstLine && line.startsWith(MARK) ? MARK.length : 0;
        firstLine = false;
        if (line.size() == from) {
            endEvent(events);
        } else {
            field(from);
        }
        line.reset();
    }

    private void endEvent(List<byte[]> events) {
        lastEventId = id;
        if (hasData && isMessage) {
            events.add(data.toByteArray());
        }
        data.reset();
        hasData = false;
        isMessage = true;
    }

    private void field(int from) {
        int colon = line.indexOf(':', from);
        int nameEnd = colon < 0 ? line.size() : colon;
        int value = Math.min(nameEnd + 1, line.size());
        if (value < line.size() && line.at(value) == ' ') {
            value++;
        }
        if (line.is(DATA, from, nameEnd)) {
            if (data.size() + line.size() - value + 1 > most) {
                throw new TooLong(most);
            }
            if (hasData) {
                data.write('\n');
            }
            hasData = true;
            data.append(line, value);
        } else if (line.is(EVENT, from, nameEnd)) {
            isMessage = value == line.size() || line.is(MESSAGE, value, line.size());
        } else if (line.is(ID, from, nameEnd)) {
            String given = line.text(value);
            if (given.indexOf(0) < 0) {
                id = given;
            }
        } else if (line.is(RETRY, from, nameEnd)) {
            String millis = line.text(value);
            if (millis.matches("[0-9]{1,9}")) {
                retry = Optional.of(Duration.ofMillis(Long.parseLong(millis)));
            }
        }
    }

    /** Bytes that can be looked at without a copy. */
    private static final class Bytes extends ByteArrayOutputStream {

        byte at(int index) {
            return buf[index];
        }

        int indexOf(char wanted, int from) {
            for (int i = from; i < count; i++) {
                if (buf[i] == wanted) {
                    return i;
                }
            }
            return -1;
        }

        boolean startsWith(byte[] start) {
            return count >= start.length && is(start, 0, start.length);
        }

        boolean is(byte[] wanted, int from, int to) {
            return Arrays.equals(buf, from, to, wanted, 0, wanted.length);
        }

        String text(int from) {
            return new String(buf, from, count - from, StandardCharsets.UTF_8);
        }

        void append(Bytes other, int from) {
            write(other.buf, from, other.count - from);
        }
    }
}
