package dev.devmesh.netty;

import dev.devmesh.event.LogTrace;
import dev.devmesh.json.JsonWritable;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP/1.1 conversation over one connection. Confined to its event loop.
 *
 * <p>What holds at any time:
 *
 * <ol>
 *   <li>Every request gets exactly one answer, and answers leave in the order of the requests, whichever is ready first.
 *       {@link #waiting} holds those without a complete answer; only its first may write.
 *   <li>At most {@link #MAX_WAITING} requests wait. While that many do, or the client does not read its answers, nothing
 *       is read from the socket; what was decoded by then stays in {@link #held}. Otherwise reading goes on, so that a
 *       client that leaves is noticed.
 *   <li>After a message whose end is in doubt nothing more is read as a request: the answer says {@code Connection: close}.
 *   <li>A connection that is closed after an answer is closed gently: the output first, the rest when the client has read
 *       on or {@link #LINGER} is over. Closing both at once would reset the connection under a client that still sends,
 *       and the answer would be lost.
 *   <li>A request may turn the connection into one of another protocol, if it is the only one waiting and came without delay:
 *       then nothing behind it has been read as HTTP, and what is read from there on is kept in {@link #behind} for the
 *       successor.
 *   <li>Time is limited while a request is awaited, its head or its body arrives, never while it is worked on or streamed. Bytes that
 *       drip in do not extend it: a head has its time from its first byte, a body must keep up with {@link #MIN_RATE}. Nor may
 *       the client be that slow to take what it is sent.
 * </ol>
 */
final class HttpConnection extends ChannelInboundHandlerAdapter implements Connection {

    static final int MAX_WAITING = 16;

    private static final Duration LINGER = Duration.ofSeconds(2);

    /** So much of an unwanted body is read in order to keep the connection; a longer one costs the connection. */
    private static final int SKIPPED_BODY_BYTES = 64 * 1024;

    /** The bytes per second that a body must bring, and that must leave while anything waits to be sent. */
    static final int MIN_RATE = 1_000;

    private static final ByteBuf CONTINUE = Unpooled.unreleasableBuffer(Unpooled.directBuffer()
                    .writeBytes("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII)))
            .asReadOnly();

    /** Made once: refusing has to be cheap. */
    private static final Rejection TOO_MUCH = Rejection.overloaded("The server has more to do than it can.", null);

    private static final Logger LOG = LoggerFactory.getLogger(HttpConnection.class);

    private enum Phase {
        /** Requests are read. */
        OPEN,
        /** No further request is read; closes after the answers that are due. */
        LAST,
        /** A successor is about to take over, or the answer says why not; bytes are kept for it. */
        LEAVING,
        /** The last answer is sent; waits for the client to close. */
        LINGERING,
        /** A successor has taken over, or the connection is closed. */
        CLOSED
    }

    private final Edge edge;
    private final ChannelHandlerContext belowCodec;
    private final Channel channel;
    private final LoopLoad load;
    private Peer peer = new Peer("", false, Optional.empty());
    private final ArrayDeque<HttpExchange> waiting = new ArrayDeque<>(4);
    private final ArrayDeque<HttpObject> held = new ArrayDeque<>(4);
    private final ArrayDeque<ByteBuf> behind = new ArrayDeque<>(1);
    private Phase phase = Phase.OPEN;
    private Connections.Admission admission = Connections.Admission.ADMITTED;
    private @Nullable ChannelHandlerContext context;
    private @Nullable HttpExchange receiving;
    private @Nullable ScheduledFuture<?> watchdog;
    private long watchdogDue;
    private boolean inBatch;
    private boolean undelayed;
    private boolean unflushed;
    private long quietSince = System.nanoTime();
    private long bodySince;
    private long written;
    private boolean backlogged;
    private long backlogSince;
    private long leftBefore;
    private @Nullable String closeReason;

    HttpConnection(Edge edge, ChannelHandlerContext belowCodec) {
        this.edge = edge;
        this.belowCodec = belowCodec;
        this.channel = belowCodec.channel();
        this.load = edge.loads().of(channel.eventLoop());
    }

    @Override
    public Channel channel() {
        return channel;
    }

    @Override
    public void drain() {
        if (!channel.eventLoop().inEventLoop()) {
            channel.eventLoop().execute(this::drain);
        } else if (waiting.isEmpty() && phase != Phase.LINGERING) {
            channel.close();
        } else {
            List.copyOf(waiting).forEach(HttpExchange::closing);
        }
    }

    @Override
    public void cut() {
        channel.close();
    }

    /** Where the connection counts as open. For any thread. */
    Connections connections() {
        return edge.connections();
    }

    /** What the bodies under way may take together. For any thread. */
    BodyBudget bodies() {
        return edge.bodies();
    }

    /** Whether the server is about to close. For any thread. */
    boolean draining() {
        return edge.draining().get();
    }

    /** Closes when what was sent by now does not leave in {@link #LINGER}: the client does not read. */
    void endSoon() {
        channel.eventLoop()
                .schedule(
                        () -> {
                            ChannelOutboundBuffer unsent = channel.unsafe().outboundBuffer();
                            if (unsent != null && !unsent.isEmpty()) {
                                channel.close();
                            }
                        },
                        LINGER.toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    // ---- events of the channel

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        peer = Peer.of(
                channel.remoteAddress(), edge.tls().isPresent(), edge.settings().trustedProxies());
        admission = edge.connections().add(this);
        quietSince = System.nanoTime();
        if (edge.draining().get() || admission == Connections.Admission.UNHEARD) {
            ctx.close();
        } else {
            watch(quietSince, quietSince + quietLimit());
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof ByteBuf bytes) {
            keep(bytes);
            return;
        }
        inBatch = true;
        HttpObject part = (HttpObject) message;
        if (held.isEmpty() && mayTake()) {
            undelayed = true;
            take(part);
            undelayed = false;
        } else {
            held.add(part);
            channel.config().setAutoRead(false); // at once, or a fast client would fill memory before the batch ends
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        endBatch();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        HttpExchange first = waiting.peek();
        if (first != null && channel.isWritable()) {
            first.roomForMore();
        }
        if (!inBatch) {
            inBatch = true;
            endBatch();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        phase = Phase.CLOSED;
        edge.connections().remove(this);
        if (watchdog != null) {
            watchdog.cancel(false);
        }
        held.forEach(ReferenceCountUtil::release);
        held.clear();
        behind.forEach(ReferenceCountUtil::release);
        behind.clear();
        receiving = null;
        String reason =
                closeReason != null ? closeReason : edge.draining().get() ? "server is closing" : "client disconnected";
        for (HttpExchange exchange = waiting.poll(); exchange != null; exchange = waiting.poll()) {
            exchange.abandon(reason);
            edge.figures().served(exchange, HttpFigures.CLIENT_GONE);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException || Tls.isFault(cause)) {
            LOG.debug("connection of {} broke: {}", channel.remoteAddress(), cause.toString());
        } else {
            LOG.warn("connection of {} is closed after a fault", channel.remoteAddress(), cause);
        }
        ctx.close();
    }

    // ---- requests

    /** Whether what comes next may be looked at now: always, once it is only dropped. A request begun is read to its end. */
    private boolean mayTake() {
        if (phase == Phase.LEAVING) {
            return false;
        }
        return phase != Phase.OPEN || (receiving != null || waiting.size() < MAX_WAITING) && channel.isWritable();
    }

    private void endBatch() {
        if (phase == Phase.CLOSED) {
            return;
        }
        do {
            while (!held.isEmpty() && mayTake()) {
                take(held.poll());
            }
            flush();
        } while (!held.isEmpty() && mayTake());
        inBatch = false;
        boolean read = held.isEmpty() && mayTake();
        if (channel.config().isAutoRead() != read) {
            channel.config().setAutoRead(read);
        }
        watchIfUnfinished();
    }

    private void take(HttpObject part) {
        try {
            if (phase != Phase.OPEN) {
                return;
            }
            if (part instanceof HttpRequest request) {
                open(request);
            }
            if (part instanceof HttpContent content && receiving != null) {
                receive(receiving, content);
            }
        } finally {
            ReferenceCountUtil.release(part);
        }
    }

    private void open(HttpRequest request) {
        RequestHead head = new RequestHead(request, edge.endpoints(), admission, peer);
        quietSince = System.nanoTime();
        HttpExchange exchange = new HttpExchange(this, head, HttpUtil.isKeepAlive(request), quietSince);
        waiting.add(exchange);
        edge.figures().received();
        if (load.isTooMuch() && mayBeShed(head)) {
            refuseUnread(exchange, TOO_MUCH);
            return;
        }
        Optional<Rejection> rejection = edge.guards().check(head);
        if (rejection.isEmpty() && !head.method().equals(HttpMethod.OPTIONS)) {
            rejection = head.endpoint().orElseThrow().admit(exchange);
        }
        if (rejection.isEmpty() && !edge.bodies().has(head.bodyLength())) {
            rejection = Optional.of(noRoomForBody());
        }
        if (rejection.isPresent()) {
            refuseUnread(exchange, rejection.get());
            return;
        }
        receiving = exchange;
        bodySince = quietSince;
        if (HttpUtil.is100ContinueExpected(request)) {
            exchange.wantsContinue(true);
            sendContinue();
        }
    }

    /** What is malformed has to be told so, and ends the connection. */
    private static boolean mayBeShed(RequestHead head) {
        return head.decoderResult().isSuccess()
                && head.endpoint().filter(endpoint -> !endpoint.isVital()).isPresent();
    }

    private void receive(HttpExchange exchange, HttpContent content) {
        if (content.decoderResult().isFailure()) {
            refuseUnread(exchange, Rejection.malformed(400, "The body is not well-formed HTTP.", ""));
            return;
        }
        switch (exchange.append(content.content(), edge.settings().maxBodyBytes(), edge.bodies())) {
            case TOO_LARGE ->
                refuseUnread(exchange, BodySizeGuard.tooLarge(edge.settings().maxBodyBytes()));
            case NO_ROOM -> refuseUnread(exchange, noRoomForBody());
            case TAKEN -> {
                if (content instanceof LastHttpContent) {
                    received(exchange);
                }
            }
        }
    }

    private void received(HttpExchange exchange) {
        receiving = null;
        exchange.wantsContinue(false);
        if (!exchange.keepAlive()) {
            phase = Phase.LAST;
        }
        serve(exchange);
    }

    private static Rejection noRoomForBody() {
        return Rejection.overloaded(
                "The server has no memory left for this body: those under way take all that is set apart for them.",
                null);
    }

    private void serve(HttpExchange exchange) {
        Endpoint endpoint = exchange.head().endpoint().orElseThrow();
        LogTrace log = LogTrace.begin(exchange.trace().id());
        try {
            if (Cors.isPreflight(exchange.head())) {
                exchange.respond(Answers.preflight(exchange.head(), endpoint.allow()));
            } else if (exchange.head().method().equals(HttpMethod.OPTIONS)) {
                exchange.respond(Answers.options(endpoint.allow()));
            } else {
                endpoint.serve(exchange);
            }
        } catch (RuntimeException fault) {
            LOG.error("serving {} failed", endpoint.path(), fault);
            if (!exchange.ended()) {
                refuse(exchange, Rejection.of(Answers.panic()));
            }
        } finally {
            log.end();
        }
    }

    /** Refuses a request whose body is not read yet; what is to come of it is skipped where that is cheap and safe. */
    private void refuseUnread(HttpExchange exchange, Rejection rejection) {
        receiving = null;
        exchange.wantsContinue(false);
        if (rejection.ends() || !isSkippable(exchange.head())) {
            exchange.endConnection();
        }
        if (!exchange.keepAlive()) {
            phase = Phase.LAST;
        }
        refuse(exchange, rejection);
    }

    /** Answers why a request is not served. */
    void refuse(HttpExchange exchange, Rejection rejection) {
        if (rejection.ends()) {
            exchange.endConnection();
        }
        JsonWritable body = exchange.head()
                .endpoint()
                .map(endpoint -> endpoint.refusal(rejection.error(), exchange.head()))
                .orElseGet(() -> new ErrorBody(rejection.error(), exchange.head()));
        exchange.respond(Answers.refusal(channel.alloc(), rejection, body));
    }

    private static boolean isSkippable(RequestHead head) {
        long length = head.decoderResult().isSuccess() ? head.bodyLength() : -1;
        return length == 0
                || length > 0 && length <= SKIPPED_BODY_BYTES && !head.headers().contains(HttpHeaderNames.EXPECT);
    }

    /** Asks for the body if its exchange is the one whose turn it is: before that, this would be read as its answer. */
    private void sendContinue() {
        HttpExchange first = waiting.peek();
        if (first != null && first.wantsContinue()) {
            first.wantsContinue(false);
            bodySince = System.nanoTime();
            // Around the encoder, which would take it for the answer to the request.
            belowCodec.write(CONTINUE.duplicate(), belowCodec.voidPromise());
            unflushed = true;
            flushUnlessInBatch();
        }
    }

    // ---- another protocol

    /**
     * Reads nothing behind this request as HTTP any more, so that another protocol may follow. The answer is either {@link
     * #handOver} or the connection's last.
     *
     * @return false, and nothing changed, if that is too late
     */
    boolean leaveHttp(HttpExchange exchange) {
        if (!undelayed || waiting.size() > 1 || phase == Phase.CLOSED) {
            return false;
        }
        exchange.endConnection();
        phase = Phase.LEAVING;
        codec().removeInboundHandler();
        return true;
    }

    private HttpCodec codec() {
        return (HttpCodec) belowCodec.handler();
    }

    private void keep(ByteBuf bytes) {
        if (phase == Phase.LEAVING) {
            behind.add(bytes);
            channel.config().setAutoRead(false);
        } else {
            bytes.release();
        }
    }

    /**
     * Answers with this, and leaves the connection to its successor.
     *
     * @param handlers of the other protocol, in the order of the pipeline
     * @return false if the client has left already
     */
    boolean handOver(HttpExchange exchange, HttpResponse answer, Connection successor, ChannelHandler... handlers) {
        if (phase != Phase.LEAVING || exchange.ended()) {
            ReferenceCountUtil.release(answer);
            return false;
        }
        exchange.markEnded();
        waiting.clear();
        edge.figures().served(exchange, answer.status().code());
        phase = Phase.CLOSED;
        if (watchdog != null) {
            watchdog.cancel(false);
        }
        answer.headers().set(HttpHeaderNames.DATE, HttpDate.now());
        exchange.trace().writeTo(answer.headers());
        Objects.requireNonNull(context).writeAndFlush(answer);
        edge.connections().replace(this, successor);
        ChannelPipeline pipeline = channel.pipeline();
        pipeline.addLast(handlers);
        pipeline.remove(belowCodec.handler());
        pipeline.remove(this);
        if (edge.draining().get()) {
            successor.drain(); // it may have been missed just now
        }
        channel.config().setAutoRead(true);
        for (ByteBuf bytes = behind.poll(); bytes != null; bytes = behind.poll()) {
            pipeline.fireChannelRead(bytes);
        }
        pipeline.fireChannelReadComplete();
        return true;
    }

    // ---- answers

    /** Whether it is the turn of this exchange to be answered. */
    boolean isNext(HttpExchange exchange) {
        return waiting.peek() == exchange;
    }

    /** Sends a part of an answer, or keeps it until the answers before it are complete. */
    void write(HttpExchange exchange, HttpObject part, boolean last) {
        if (phase == Phase.CLOSED || phase == Phase.LINGERING || exchange.ended()) {
            ReferenceCountUtil.release(part);
            return;
        }
        if (last) {
            exchange.markEnded();
        }
        if (!isNext(exchange)) {
            exchange.hold(part);
            return;
        }
        send(exchange, part, last);
        if (last) {
            sendHeld();
        }
        flushUnlessInBatch();
    }

    private void sendHeld() {
        for (HttpExchange next = waiting.peek(); next != null; next = waiting.peek()) {
            for (HttpObject part = next.pollHeld(); part != null; part = next.pollHeld()) {
                send(next, part, next.ended() && next.holdsNothing());
            }
            if (waiting.peek() == next) {
                sendContinue();
                next.roomForMore();
                return;
            }
        }
    }

    private void send(HttpExchange exchange, HttpObject part, boolean last) {
        if (part instanceof HttpResponse head) {
            finishHead(exchange, head);
        }
        if (part instanceof SseEvent event) {
            event.leaves();
        }
        if (part instanceof HttpContent content) {
            written += content.content().readableBytes();
        }
        unflushed = true;
        ChannelHandlerContext ctx = Objects.requireNonNull(context);
        if (!last) {
            ctx.write(part, ctx.voidPromise());
            return;
        }
        waiting.poll();
        edge.figures().served(exchange, exchange.status());
        quietSince = System.nanoTime();
        boolean drained = edge.leaving().get() && waiting.isEmpty() && receiving == null;
        if (exchange.keepAlive() && !drained) {
            ctx.write(part, ctx.voidPromise());
        } else {
            phase = Phase.LINGERING;
            ctx.writeAndFlush(part).addListener((ChannelFutureListener) this::linger);
        }
    }

    private void finishHead(HttpExchange exchange, HttpResponse head) {
        exchange.status(head.status().code());
        if (edge.leaving().get() && waiting.size() == 1 && receiving == null) {
            exchange.endConnection();
        }
        boolean http10 = exchange.head().version().equals(HttpVersion.HTTP_1_0);
        if (http10 && HttpUtil.isTransferEncodingChunked(head)) {
            head.headers().remove(HttpHeaderNames.TRANSFER_ENCODING); // that version marks the end by closing
            exchange.endConnection();
        }
        if (!exchange.keepAlive()) {
            head.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        } else if (http10) {
            head.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        }
        head.headers().set(HttpHeaderNames.DATE, HttpDate.now());
        exchange.trace().writeTo(head.headers());
        edge.cors().addTo(head.headers(), exchange.head());
    }

    /** Has everything that a step writes leave together. */
    void together(Runnable step) {
        boolean outermost = !inBatch;
        inBatch = true;
        try {
            step.run();
        } finally {
            if (outermost) {
                endBatch();
            }
        }
    }

    private void flushUnlessInBatch() {
        if (!inBatch) {
            inBatch = true;
            endBatch();
        }
    }

    private void flush() {
        if (unflushed) {
            unflushed = false;
            channel.flush();
        }
    }

    private void linger(ChannelFuture written) {
        if (!written.isSuccess() || !channel.isActive()) {
            channel.close();
            return;
        }
        Tls.shutOutput(channel);
        channel.config().setAutoRead(true);
        channel.eventLoop().schedule(() -> channel.close(), LINGER.toMillis(), TimeUnit.MILLISECONDS);
    }

    // ---- time

    /** How long nothing may be asked; over a connection above the limits, not for long. */
    private long quietLimit() {
        boolean admitted = admission == Connections.Admission.ADMITTED;
        return (admitted ? edge.settings().idleTimeout() : LINGER).toNanos();
    }

    private void watch(long now, long due) {
        if (watchdog != null) {
            watchdog.cancel(false);
        }
        watchdogDue = due;
        watchdog = channel.eventLoop().schedule(this::checkTime, due - now, TimeUnit.NANOSECONDS);
    }

    /** A request that comes at once, and whose answer leaves at once, costs no timer. Whatever is only begun may be due sooner. */
    private void watchIfUnfinished() {
        if (phase == Phase.CLOSED) {
            return;
        }
        boolean unsent = hasUnsent();
        if (!unsent) {
            backlogged = false;
        } else if (!backlogged) {
            beginBacklog(System.nanoTime());
        }
        if (unsent || receiving != null || phase == Phase.OPEN && codec().isHeadUnderWay()) {
            long now = System.nanoTime();
            long due = due(now);
            if (due - watchdogDue < 0) {
                watch(now, due);
            }
        }
    }

    /** When something will have taken too long unless there is progress; what is over already is due now. */
    private long due(long now) {
        long due = now + quietLimit();
        if (receiving != null) {
            due = receiving.wantsContinue() ? due : bodyDue(receiving);
        } else if (waiting.isEmpty() && phase == Phase.OPEN && codec().isHeadUnderWay()) {
            due = headDue();
        } else if (waiting.isEmpty()) {
            due = quietSince + quietLimit();
        }
        if (backlogged) {
            long backlogDue = backlogSince + edge.settings().writeTimeout().toNanos();
            due = backlogDue - due < 0 ? backlogDue : due;
        }
        return due;
    }

    private long headDue() {
        long since = codec().headSince() - quietSince > 0 ? codec().headSince() : quietSince;
        return since + edge.settings().headTimeout().toNanos();
    }

    private long bodyDue(HttpExchange exchange) {
        long earned = exchange.bodyLength() * (TimeUnit.SECONDS.toNanos(1) / MIN_RATE);
        long all = edge.settings().readTimeout().toNanos();
        return bodySince + Math.min(all, edge.settings().bodyGrace().toNanos() + earned);
    }

    private void checkTime() {
        if (phase == Phase.CLOSED) {
            return;
        }
        long now = System.nanoTime();
        if (backlogged) {
            checkBacklog(now);
        }
        if (due(now) - now > 0) {
            watch(now, due(now));
        } else if (receiving != null) {
            together(() -> refuseUnread(
                    Objects.requireNonNull(receiving),
                    Rejection.malformed(408, "The body did not arrive in time.", "Send the request again.")));
            watchOn();
        } else if (phase == Phase.OPEN && codec().isHeadUnderWay()) {
            DefaultFullHttpRequest late = new DefaultFullHttpRequest(HttpVersion.HTTP_1_0, HttpMethod.GET, "/late");
            late.setDecoderResult(DecoderResult.failure(new WellFormedGuard.TooSlow()));
            together(() -> take(late));
            watchOn();
        } else {
            channel.close();
        }
    }

    private void watchOn() {
        long now = System.nanoTime();
        if (phase != Phase.CLOSED && channel.isActive()) {
            watch(now, due(now));
        }
    }

    // What is sent and does not leave: the client reads too slowly, or not at all.

    private boolean hasUnsent() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return buffer != null && !buffer.isEmpty();
    }

    /** So much of what was written has left. Heads of answers are not counted: they would only be to the client's favour. */
    private long left() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return buffer == null ? written : written - buffer.totalPendingWriteBytes() + buffer.currentProgress();
    }

    private void beginBacklog(long now) {
        backlogged = true;
        backlogSince = now;
        leftBefore = left();
    }

    private void checkBacklog(long now) {
        long longest = edge.settings().writeTimeout().toNanos();
        if (!hasUnsent()) {
            backlogged = false;
        } else if (now - backlogSince >= longest) {
            if (left() - leftBefore >= MIN_RATE * longest / TimeUnit.SECONDS.toNanos(1)) {
                beginBacklog(now);
            } else {
                // In the words of a stream that notices it first: whichever does, it is one thing.
                closeReason = "client too slow: its connection was full for "
                        + edge.settings().writeTimeout().toMillis() + " ms";
                LOG.info("closing the connection of {}: {}", channel.remoteAddress(), closeReason);
                backlogged = false;
                channel.close();
            }
        }
    }
}
