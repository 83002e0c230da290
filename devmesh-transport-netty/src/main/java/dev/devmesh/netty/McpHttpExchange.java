package dev.devmesh.netty;

import dev.devmesh.auth.Principal;
import dev.devmesh.event.TraceContext;
import dev.devmesh.json.JsonWritable;
import dev.devmesh.limit.Charge;
import dev.devmesh.mcp.McpCall;
import dev.devmesh.mcp.McpEngine;
import dev.devmesh.mcp.McpEvent;
import dev.devmesh.mcp.McpExchange;
import dev.devmesh.mcp.McpHeaders;
import dev.devmesh.mcp.McpOutbox;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way back of one MCP message over HTTP.
 *
 * <p>The answer is JSON in one piece, unless a notification is pushed before it: that makes it an event stream. The engine
 * calls from any thread; everything is turned into bytes there and then handed to the event loop, which keeps the order
 * of the calls. Only an answer without notifications before it that is given on the loop goes straight to the connection.
 *
 * <p>A tool may push while its deadline answers from another thread. Then the caller's view of {@link #streaming} may be
 * late by one step, so what goes out is decided by {@link #headSent}, on the loop.
 *
 * <p>A stream that has an outbox is not fed but takes its events itself, on the loop, and only while it is its turn to be
 * answered and the connection is not full ({@link #OUTBOX_UNSENT_BYTES}). So whoever has something to say to a thousand
 * streams neither waits for one of them nor fills memory for it. One whose connection stays full for {@link #patience} is
 * closed: its client could not be told anything for as long. When the box is empty and over the answer ends, and the connection
 * goes on.
 */
final class McpHttpExchange implements McpExchange, HttpExchange.Watcher {

    /** So many bytes may wait for the connection before notifications are dropped. */
    static final int MAX_UNSENT_BYTES = 256 * 1024;

    /** A stream with an outbox may last for days, with thousands beside it: less may wait for it. */
    private static final WriteBufferWaterMark OUTBOX_UNSENT_BYTES = new WriteBufferWaterMark(16 * 1024, 64 * 1024);

    private static final Logger LOG = LoggerFactory.getLogger(McpHttpExchange.class);

    private final HttpExchange http;
    private final Channel channel;
    private final Duration interval;
    private final Duration patience;
    private final Challenges challenges;
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicInteger unsentBytes = new AtomicInteger();
    private @Nullable Principal principal;
    private @Nullable String sessionId;
    private @Nullable String missingScope;
    private volatile @Nullable Charge charge;
    private volatile boolean streaming;
    private volatile boolean gone;
    private volatile @Nullable McpCall call;
    private boolean headSent;
    private @Nullable ScheduledFuture<?> heartbeat;
    private final AtomicBoolean woken = new AtomicBoolean();
    private volatile @Nullable McpOutbox outbox;
    private @Nullable ScheduledFuture<?> cutOff;
    private @Nullable Watching watching;
    private @Nullable CredentialWatch credential;

    /** How somebody looks after the credential of a caller. */
    interface Watching {

        /** @param whenEnded told once, on the event loop */
        CredentialWatch begin(Principal caller, BiConsumer<CloseCode, String> whenEnded);
    }

    /**
     * @param interval how long a stream may be silent before it gets a heartbeat
     * @param patience how long a stream may find the connection full before it is closed
     * @param challenges what is said to whom a scope is missing
     */
    McpHttpExchange(HttpExchange http, Duration interval, Duration patience, Challenges challenges) {
        this.challenges = challenges;
        this.http = http;
        this.interval = interval;
        this.patience = patience;
        this.channel = http.connection().channel();
    }

    // ---- for the engine, on any thread

    @Override
    public Principal principal() {
        return Objects.requireNonNull(principal, "principal");
    }

    @Override
    public String remoteAddress() {
        return http.head().remoteAddress();
    }

    @Override
    public void charged(Charge made) {
        charge = made;
    }

    @Override
    public Optional<McpHeaders> headers() {
        return Optional.of(new RequestHeaders(http.head().headers()));
    }

    @Override
    public TraceContext trace() {
        return http.trace().trace();
    }

    @Override
    public void joins(TraceContext other) {
        http.joins(other);
    }

    @Override
    public void answer(int status, JsonWritable message, Duration retryAfter) {
        if (!ended.compareAndSet(false, true) || gone) {
            return;
        }
        if (streaming) {
            LastHttpContent last = new DefaultLastHttpContent(event(message));
            onLoop(() -> end(last), last);
            return;
        }
        FullHttpResponse whole = whole(status, message);
        Answers.retryAfter(whole, retryAfter);
        respond(whole);
    }

    @Override
    public void lacksScope(String scope) {
        missingScope = scope;
    }

    @Override
    public void accept() {
        if (!ended.compareAndSet(false, true) || gone) {
            return;
        }
        if (streaming) {
            onLoop(() -> end(LastHttpContent.EMPTY_LAST_CONTENT), LastHttpContent.EMPTY_LAST_CONTENT);
        } else {
            respond(told(Answers.accepted()));
        }
    }

    @Override
    public void beginSession(String id) {
        sessionId = id;
    }

    @Override
    public boolean push(JsonWritable notification) {
        if (gone || ended.get() || !channel.isWritable() || unsentBytes.get() > MAX_UNSENT_BYTES) {
            return false;
        }
        SseEvent event = new SseEvent(SseEvent.encode(channel.alloc(), notification), unsentBytes);
        streaming = true;
        return onLoop(() -> send(event), event);
    }

    @Override
    public Runnable stream(McpOutbox messages) {
        outbox = messages;
        streaming = true;
        http.onLoop(this::watchCredential);
        wake();
        return this::wake;
    }

    private void wake() {
        if (!gone && woken.compareAndSet(false, true)) {
            http.onLoop(this::drain);
        }
    }

    // ---- for the endpoint

    void principal(Principal caller) {
        this.principal = caller;
    }

    /** Has it looked after, while a stream lasts, whether the caller may still have it. */
    void watching(Watching how) {
        this.watching = how;
    }

    /** Remembers what to cancel when the client leaves, and does so if it has left already. */
    void started(McpCall running) {
        call = running;
        if (gone) {
            running.disconnected("client disconnected");
        } else if (http.connection().draining()) {
            finish(running);
        }
    }

    /** The server begins to close. For a stream that ends by that alone, its client has little time to take the end. */
    private void finish(McpCall running) {
        boolean wasOver = isOver();
        running.finish();
        if (outbox != null && !wasOver && isOver()) {
            http.connection().endSoon();
        }
    }

    private boolean isOver() {
        McpOutbox box = outbox;
        return ended.get() || box != null && box.isOver();
    }

    /** Answers instead of the engine. */
    void refuse(Rejection rejection) {
        if (ended.compareAndSet(false, true) && !gone) {
            respond(told(Answers.refusal(channel.alloc(), rejection, McpEngine.refusal(rejection.error()))));
        }
    }

    // ---- on the event loop

    @Override
    public void left(String reason) {
        gone = true;
        stopTimers();
        McpCall running = call;
        if (running != null && !ended.get()) {
            running.disconnected(reason);
        }
    }

    @Override
    public void roomForMore() {
        if (outbox != null) {
            wake(); // not at once: the connection is in the midst of writing
        }
    }

    @Override
    public void closing() {
        McpCall running = call;
        if (running != null) {
            finish(running);
        }
    }

    private void watchCredential() {
        if (watching != null && credential == null && !gone && !http.ended()) {
            credential = watching.begin(principal(), this::credentialEnded);
            credential.start();
        }
    }

    /** What has no end of its own ends; a call goes on to its own, as every call does that was allowed when it began. */
    private void credentialEnded(CloseCode code, String reason) {
        LOG.info("the stream to {} ends: {}", http.head().remoteAddress(), reason);
        McpCall running = call;
        if (running != null) {
            running.finish();
        }
    }

    private void drain() {
        woken.set(false); // first: what is put in from here on wakes again
        if (!gone && !http.ended() && http.isNext()) {
            channel.config().setWriteBufferWaterMark(OUTBOX_UNSENT_BYTES);
            http.together(this::takeOutOrEnd);
            watchForRoom();
        }
    }

    private void takeOutOrEnd() {
        beginStream();
        if (takeOut() && ended.compareAndSet(false, true)) {
            endNow(LastHttpContent.EMPTY_LAST_CONTENT);
        }
    }

    /**
     * Takes out of the box what the connection has room for; behind other answers, where it is held, one event.
     *
     * @return whether nothing is left in the box and nothing will come
     */
    private boolean takeOut() {
        McpOutbox box = Objects.requireNonNull(outbox);
        while (channel.isWritable() && unsentBytes.get() == 0) {
            boolean over = box.isOver(); // asked first: what is put in between the two questions must not be missed
            Optional<McpEvent> next = box.next();
            if (next.isEmpty()) {
                return over;
            }
            http.proceed(new SseEvent(event(next.get()), unsentBytes));
        }
        return false;
    }

    private void watchForRoom() {
        if (http.ended() || channel.isWritable()) {
            stopCutOff();
        } else if (cutOff == null) {
            cutOff = channel.eventLoop().schedule(this::cutOff, patience.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void cutOff() {
        cutOff = null;
        if (channel.isWritable()) {
            return; // it has read on just now
        }
        String reason = "client too slow: its connection was full for " + patience.toMillis() + " ms";
        LOG.info("closing the stream to {}: {}", http.head().remoteAddress(), reason);
        McpCall running = call;
        if (running != null) {
            running.disconnected(reason);
        }
        channel.close();
    }

    private void send(SseEvent event) {
        beginStream();
        http.proceed(event);
    }

    private void end(LastHttpContent last) {
        beginStream();
        if (outbox == null) {
            endNow(last);
            return;
        }
        http.together(() -> {
            takeOut();
            endNow(last);
        });
    }

    private void endNow(LastHttpContent last) {
        stopTimers();
        if (outbox != null) {
            channel.config().setWriteBufferWaterMark(MeshServer.UNSENT_BYTES);
        }
        http.end(last);
    }

    private void finish(FullHttpResponse whole) {
        if (headSent) {
            end(new DefaultLastHttpContent(SseEvent.wrap(whole.content())));
        } else {
            http.respond(whole);
        }
    }

    private void beginStream() {
        if (headSent || http.ended() || gone) {
            return;
        }
        headSent = true;
        HttpResponse head = told(Answers.eventStream());
        http.begin(head);
        heartbeat = channel.eventLoop()
                .scheduleAtFixedRate(this::beat, interval.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void beat() {
        if (channel.isWritable() && unsentBytes.get() == 0) {
            http.proceed(new DefaultHttpContent(SseEvent.heartbeat()));
        }
    }

    private void stopTimers() {
        stopHeartbeat();
        stopCutOff();
        if (credential != null) {
            credential.stop();
        }
    }

    private void stopCutOff() {
        if (cutOff != null) {
            cutOff.cancel(false);
            cutOff = null;
        }
    }

    private void stopHeartbeat() {
        if (heartbeat != null) {
            heartbeat.cancel(false);
            heartbeat = null;
        }
    }

    // ---- from any thread to the event loop

    private void respond(FullHttpResponse whole) {
        if (channel.eventLoop().inEventLoop()) {
            finish(whole);
        } else {
            onLoop(() -> finish(whole), whole);
        }
    }

    private boolean onLoop(Runnable step, Object message) {
        boolean taken = http.onLoop(step);
        if (!taken) {
            ReferenceCountUtil.release(message);
        }
        return taken;
    }

    // ---- bytes

    /** Whatever is answered names the session that it begins, and what the client has left. */
    private <T extends HttpResponse> T told(T answer) {
        if (sessionId != null) {
            Answers.session(answer, sessionId);
        }
        Charge made = charge;
        if (made != null) {
            Answers.rate(answer, made);
        }
        return answer;
    }

    private void challenge(HttpResponse head) {
        if (missingScope != null && head.status().code() == 403) {
            challenges
                    .lacking(http, missingScope)
                    .ifPresent(challenge -> head.headers().set(HttpHeaderNames.WWW_AUTHENTICATE, challenge));
        }
    }

    private FullHttpResponse whole(int status, JsonWritable message) {
        ByteBufAllocator allocator = channel.alloc();
        try {
            FullHttpResponse whole = told(Answers.json(allocator, status, message));
            challenge(whole);
            return whole;
        } catch (RuntimeException fault) {
            LOG.error("an answer could not be written as JSON", fault);
            return told(Answers.json(allocator, 500, McpEngine.refusal(Answers.panic())));
        }
    }

    private ByteBuf event(JsonWritable message) {
        ByteBufAllocator allocator = channel.alloc();
        try {
            return SseEvent.encode(allocator, message);
        } catch (RuntimeException fault) {
            LOG.error("an answer could not be written as JSON", fault);
            return SseEvent.encode(allocator, McpEngine.refusal(Answers.panic()));
        }
    }

    private ByteBuf event(McpEvent event) {
        ByteBufAllocator allocator = channel.alloc();
        try {
            return SseEvent.encode(allocator, event);
        } catch (RuntimeException fault) {
            LOG.error("an event could not be written as JSON", fault);
            JsonWritable instead = McpEngine.refusal(Answers.panic());
            return SseEvent.encode(allocator, new McpEvent(Optional.of(instead), event.id(), event.retry()));
        }
    }
}
