package dev.devmesh.client;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Each line is a message. Empty lines are none. */
final class LineFraming implements Framing {

    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final int most;

    LineFraming(int most) {
        this.most = most;
    }

    @Override
    public List<byte[]> read(ByteBuffer bytes) {
        List<byte[]> lines = new ArrayList<>();
        while (bytes.hasRemaining()) {
            byte next = bytes.get();
            if (next == '\n') {
                lines.addAll(end());
            } else if (next != '\r') { // JSON has no bare one but as white space
                if (line.size() == most) {
                    throw new TooLong(most);
                }
                line.write(next);
            }
        }
        return lines;
    }

    @Override
    public List<byte[]> end() {
        if (line.size() == 0) {
            return List.of();
        }
        byte[] message = line.toByteArray();
        line.reset();
        return List.of(message);
    }
}
