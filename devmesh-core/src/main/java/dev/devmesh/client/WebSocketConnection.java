package dev.devmesh.client;

import java.io.IOException;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An open WebSocket. The JDK sends one message at a time and says when it has, so the next one waits for that. */
final class WebSocketConnection implements McpTransport.Connection, WebSocket.Listener {

    private static final Logger LOG = LoggerFactory.getLogger(WebSocketConnection.class);
    private static final int MOST_UNSENT = 1_000;
    private static final long LONGEST_FAREWELL_MILLIS = 1_000;
    private static final int NO_TEXT = 1003;
    private static final int TOO_LONG = 1009;
    private static final int BROKEN = 1006; // the JDK's word for no closing at all

    private final JdkHttp http;
    private final McpTransport.Receiver receiver;
    private final int maxMessageBytes;
    private final ReentrantLock lock = new ReentrantLock();
    private final StringBuilder partial = new StringBuilder(); // of the thread that brings messages
    private CompletableFuture<?> sent = CompletableFuture.completedFuture(null);
    private int unsent;
    private boolean over;
    private @Nullable WebSocket socket;

    /** @param http is closed with the connection */
    WebSocketConnection(JdkHttp http, McpTransport.Receiver receiver, int maxMessageBytes) {
        this.http = http;
        this.receiver = receiver;
        this.maxMessageBytes = maxMessageBytes;
    }

    /** The handshake is done; what came before this was taken already. */
    void opened(WebSocket made) {
        lock.lock();
        try {
            socket = made;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void send(byte[] message) throws IOException {
        String text = new String(message, StandardCharsets.UTF_8);
        lock.lock();
        try {
            WebSocket open = socket;
            if (open == null || over) {
                throw new IOException("the connection has ended");
            }
            if (unsent == MOST_UNSENT) {
                throw new IOException("the server does not read what it is sent");
            }
            unsent++;
            sent = sent.thenCompose(before -> open.sendText(text, true)).whenComplete((done, problem) -> sent(problem));
        } finally {
            lock.unlock();
        }
    }

    private void sent(@Nullable Throwable problem) {
        lock.lock();
        try {
            unsent--;
        } finally {
            lock.unlock();
        }
        if (problem != null) {
            end("a message could not be sent (" + problem.getMessage() + ")");
        }
    }

    @Override
    public void onOpen(WebSocket opened) {
        opened.request(1);
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        // a char is a byte at least, so this bounds the heap before the bytes are counted
        if (partial.length() + data.length() > maxMessageBytes) {
            refuse(from, TOO_LONG, "a message is longer than the " + maxMessageBytes + " bytes that this client takes");
            return null;
        }
        partial.append(data);
        if (last) {
            byte[] message = partial.toString().getBytes(StandardCharsets.UTF_8);
            partial.setLength(0);
            if (message.length > maxMessageBytes) {
                refuse(
                        from,
                        TOO_LONG,
                        "a message is longer than the " + maxMessageBytes + " bytes that this client takes");
                return null;
            }
            receiver.received(message);
        }
        from.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
        refuse(from, NO_TEXT, "it sent a binary message");
        return null;
    }

    /** Not over before it is said: what comes until then is left out. */
    private void refuse(WebSocket from, int code, String why) {
        end(why);
        from.sendClose(code, "")
                .orTimeout(LONGEST_FAREWELL_MILLIS, TimeUnit.MILLISECONDS)
                .whenComplete((done, problem) -> from.abort());
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        if (code == BROKEN) {
            end("it broke off");
            return null;
        }
        String said = reason.isEmpty() ? "" : ": " + reason;
        end("the server closed it (" + code + ", " + meaning(code) + said + ")");
        return null; // the JDK answers with the same code
    }

    private static String meaning(int code) {
        return switch (code) {
            case 1000 -> "in good order";
            case 1001 -> "it goes away";
            case 1002 -> "it was sent what is no WebSocket";
            case 1003 -> "it was sent what it does not take";
            case 1005 -> "without a reason";
            case 1007 -> "it was sent what is no UTF-8";
            case 1008 -> "its rules do not allow for more";
            case 1009 -> "it was sent a message that is too long";
            case 1011 -> "it failed";
            case 1012, 1013 -> "it wants to be asked again later";
            case 4401 -> "the credential has expired or was revoked";
            default -> "for a reason of its own";
        };
    }

    @Override
    public void onError(WebSocket from, Throwable problem) {
        LOG.debug("a WebSocket failed", problem);
        end("it broke off (" + problem.getMessage() + ")");
    }

    private void end(String why) {
        lock.lock();
        try {
            if (over) {
                return;
            }
            over = true;
        } finally {
            lock.unlock();
        }
        receiver.ended(why);
    }

    @Override
    public void close() {
        WebSocket open;
        boolean alive;
        lock.lock();
        try {
            open = socket;
            socket = null;
            alive = !over;
        } finally {
            lock.unlock();
        }
        if (open == null) {
            return;
        }
        if (alive) {
            end("it was closed here");
            farewell(open);
        }
        open.abort();
        http.close();
    }

    private static void farewell(WebSocket open) {
        try {
            open.sendClose(WebSocket.NORMAL_CLOSURE, "").get(LONGEST_FAREWELL_MILLIS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("the server was not told that the connection is over", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
