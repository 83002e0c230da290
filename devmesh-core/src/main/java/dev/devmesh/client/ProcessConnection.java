package dev.devmesh.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process that speaks line by line. Three threads serve it, one for each of its streams: writing to a process that does not read
 * blocks, and must neither block whoever sends nor whoever closes.
 */
final class ProcessConnection implements McpTransport.Connection {

    private static final Logger LOG = LoggerFactory.getLogger(ProcessConnection.class);
    private static final int MOST_UNSENT = 1_000;
    private static final int LONGEST_ERROR_LINE = 8 * 1024;
    private static final int LAST_WORDS = 3;
    private static final long GRACE_MILLIS = 2_000;
    private static final byte[] END = new byte[0];

    private final Process process;
    private final McpTransport.Receiver receiver;
    private final Consumer<String> errors;
    private final int maxMessageBytes;
    private final BlockingQueue<byte[]> unsent = new ArrayBlockingQueue<>(MOST_UNSENT);
    private final AtomicBoolean closed = new AtomicBoolean();
    private final ReentrantLock closing = new ReentrantLock();
    private boolean gone; // under that lock
    private final ReentrantLock telling = new ReentrantLock();
    private boolean told; // that it has ended; under that lock
    private volatile boolean over;
    private volatile List<String> lastErrors = List.of();

    ProcessConnection(Process process, McpTransport.Receiver receiver, Consumer<String> errors, int maxMessageBytes) {
        this.process = process;
        this.receiver = receiver;
        this.errors = errors;
        this.maxMessageBytes = maxMessageBytes;
    }

    ProcessConnection begin() {
        Thread reading = thread("stderr", this::readErrors);
        thread("stdout", () -> read(reading));
        thread("stdin", this::write);
        Executor afterGrace = CompletableFuture.delayedExecutor(GRACE_MILLIS, TimeUnit.MILLISECONDS);
        process.onExit().thenRunAsync(() -> exited(reading), afterGrace);
        return this;
    }

    private Thread thread(String stream, Runnable work) {
        Thread thread = new Thread(work, "devmesh-client-" + stream + "-" + process.pid());
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    @Override
    public void send(byte[] message) throws IOException {
        if (over || closed.get()) {
            throw new IOException("the process has ended");
        }
        if (!unsent.offer(message)) {
            throw new IOException("the process does not read what it is sent");
        }
    }

    private void write() {
        try (OutputStream in = process.getOutputStream()) {
            for (byte[] message = unsent.take(); message != END; message = unsent.take()) {
                in.write(message);
                in.write('\n');
                if (unsent.isEmpty()) {
                    in.flush();
                }
            }
        } catch (IOException e) {
            LOG.debug("the input of process {} is closed", process.pid(), e); // its end is noticed where it is read
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void read(Thread readingErrors) {
        String why = "it closed its output";
        LineFraming lines = new LineFraming(maxMessageBytes);
        byte[] buffer = new byte[8192];
        try (InputStream out = process.getInputStream()) {
            for (int count = out.read(buffer); count >= 0; count = out.read(buffer)) {
                lines.read(ByteBuffer.wrap(buffer, 0, count)).forEach(this::take);
            }
        } catch (Framing.TooLong e) {
            why = String.valueOf(e.getMessage());
        } catch (IOException e) {
            LOG.debug("the output of process {} cannot be read", process.pid(), e);
        }
        ended(why, readingErrors);
    }

    private void take(byte[] message) {
        telling.lock();
        try {
            if (!told) {
                receiver.received(message);
            }
        } finally {
            telling.unlock();
        }
    }

    /** Its output has no end as long as a process that it started, and that lives on, has it too. */
    private void exited(Thread readingErrors) {
        if (!over) {
            ended("it left its output to another process", readingErrors);
        }
    }

    private void ended(String why, Thread readingErrors) {
        over = true;
        String reason = closed.get() ? "it was closed here" : why + fate(readingErrors);
        telling.lock();
        try {
            if (!told) {
                told = true;
                receiver.ended(reason);
            }
        } finally {
            telling.unlock();
        }
        close();
    }

    /** What else is known of the end, for whoever has to find out why. */
    private String fate(Thread readingErrors) {
        String fate = "";
        try {
            if (process.waitFor(500, TimeUnit.MILLISECONDS)) {
                fate = " and exited with status " + process.exitValue();
                readingErrors.join(500);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        List<String> last = lastErrors;
        return last.isEmpty() ? fate : fate + "; its last words were: " + String.join(" / ", last);
    }

    private void readErrors() {
        byte[] line = new byte[LONGEST_ERROR_LINE];
        int length = 0;
        byte[] buffer = new byte[8192];
        try (InputStream stream = process.getErrorStream()) {
            for (int count = stream.read(buffer); count >= 0; count = stream.read(buffer)) {
                for (int i = 0; i < count; i++) {
                    if (buffer[i] == '\n') {
                        error(new String(line, 0, length, StandardCharsets.UTF_8));
                        length = 0;
                    } else if (length < line.length) {
                        line[length++] = buffer[i];
                    }
                }
            }
        } catch (IOException e) {
            LOG.debug("the standard error of process {} cannot be read", process.pid(), e);
        }
        error(new String(line, 0, length, StandardCharsets.UTF_8));
    }

    private void error(String line) {
        String text = line.strip();
        if (text.isEmpty()) {
            return;
        }
        List<String> before = lastErrors;
        List<String> last = new ArrayList<>(before.subList(Math.max(0, before.size() - LAST_WORDS + 1), before.size()));
        last.add(text);
        lastErrors = List.copyOf(last);
        try {
            errors.accept(text);
        } catch (RuntimeException e) {
            LOG.error("The handler for the standard error of process {} failed", process.pid(), e);
        }
    }

    /** Whoever comes second waits until the process has gone, too. */
    @Override
    public void close() {
        closed.set(true);
        closing.lock();
        try {
            if (!gone) {
                end();
                gone = true;
            }
        } finally {
            closing.unlock();
        }
    }

    private void end() {
        unsent.clear();
        unsent.add(END);
        boolean interrupted = false;
        List<ProcessHandle> started = process.descendants().toList();
        try {
            if (!process.waitFor(GRACE_MILLIS, TimeUnit.MILLISECONDS)) {
                process.destroy();
                started.forEach(ProcessHandle::destroy);
                process.waitFor(GRACE_MILLIS, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            interrupted = true;
        }
        process.destroyForcibly();
        started.forEach(ProcessHandle::destroyForcibly);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
