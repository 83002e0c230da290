package dev.devmesh.stdio;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;

/**
 * The streams of the process, taken for the protocol alone: as long as they are, whatever else the process prints to
 * {@code System.out} goes to standard error, and {@code System.in} is empty.
 */
final class StandardStreams implements AutoCloseable {

    private final InputStream in = System.in;
    private final PrintStream out = System.out;
    private final PrintStream substitute = System.err;

    private StandardStreams() {}

    /** Takes them. */
    static StandardStreams take() {
        StandardStreams taken = new StandardStreams();
        System.setIn(InputStream.nullInputStream());
        System.setOut(taken.substitute);
        return taken;
    }

    InputStream in() {
        return in;
    }

    /** Not {@code System.out}, which tells nobody that its reader has gone. */
    OutputStream out() {
        return new FileOutputStream(FileDescriptor.out);
    }

    /** Gives them back, unless somebody else has set others meanwhile. */
    @Override
    public void close() {
        if (System.out == substitute) {
            System.setIn(in);
            System.setOut(out);
        }
    }
}
