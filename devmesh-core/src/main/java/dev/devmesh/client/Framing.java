package dev.devmesh.client;

import java.nio.ByteBuffer;
import java.util.List;

/** How a body is cut into messages. Confined to its caller. */
interface Framing {

    /**
     * Reads on.
     *
     * @return the messages that are complete now
     * @throws TooLong if one exceeds the limit; the framing is of no use then
     */
    List<byte[]> read(ByteBuffer bytes);

    /** The messages that the end of the body completes. */
    List<byte[]> end();

    /** A message is longer than the limit. */
    final class TooLong extends RuntimeException {

        private static final long serialVersionUID = 1L;

        TooLong(int most) {
            super("a message is longer than the " + most + " bytes that this client takes", null, false, false);
        }
    }
}
