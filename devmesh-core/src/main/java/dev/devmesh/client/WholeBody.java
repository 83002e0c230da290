package dev.devmesh.client;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;

/** The body is one message. */
final class WholeBody implements Framing {

    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private final int most;

    WholeBody(int most) {
        this.most = most;
    }

    @Override
    public List<byte[]> read(ByteBuffer bytes) {
        if (body.size() + bytes.remaining() > most) {
            throw new TooLong(most);
        }
        byte[] piece = new byte[bytes.remaining()];
        bytes.get(piece);
        body.writeBytes(piece);
        return List.of();
    }

    @Override
    public List<byte[]> end() {
        return List.of(body.toByteArray());
    }
}
