package dev.devmesh.netty;

import dev.devmesh.DevMesh;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.Principal;
import dev.devmesh.event.MeshEvent;
import dev.devmesh.event.MeshEvents;
import dev.devmesh.json.JsonWritable;
import dev.devmesh.mcp.McpConnection;
import dev.devmesh.mcp.McpEngine;
import dev.devmesh.mcp.McpEvent;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An MCP connection over a WebSocket: each text message is one JSON-RPC message, in both directions. Confined to its event
 * loop, save for what is said to be for any thread.
 *
 * <p>What holds at any time:
 *
 * <ol>
 *   <li>Nothing is sent that the client has not made room for. What the engine has to say stays in its outbox, where later
 *       news may replace it, until the channel is writable.
 *   <li>A client that does not read is not read: frames are taken only while the channel is writable, the engine's outbox is
 *       short and earlier messages have gone to the engine. What was decoded by then, one read at most, stays in {@link
 *       #held}. A channel that stays full is closed with 1013.
 *   <li>Messages reach the engine in the order in which they came, one at a time, see {@link MessageQueue}.
 *   <li>Netty's decoder refuses frames that break the rules, and messages and fragments that announce too many bytes. It
 *       does not look at messages as a whole, at the number of frames, at the text, nor at close codes as strictly as RFC
 *       6455 does; that is done here.
 *   <li>A connection is closed in one way, {@link #close}: the engine gives up what is under way, the close frame goes out
 *       behind what was sent before, then the output is shut, and the socket is closed when the client has answered or
 *       {@link #CLOSING} is over. After that frame nothing is sent, and nothing but the client's close is looked at.
 *   <li>When the server closes, the engine first ends what has no end of its own; close frame 1001 goes out when the rest is
 *       done, or when the server waits no longer.
 * </ol>
 */
final class WebSocketConnection extends ChannelInboundHandlerAdapter implements Connection, Pulse.Patient {

    /** A message in more pieces is refused: each costs more than it carries. */
    static final int MAX_FRAGMENTS = 1_000;

    /** A client that pings more often within a second, or sends as many pongs, is refused. */
    static final int MAX_CONTROL_FRAMES_PER_SECOND = 100;

    /** While more messages wait to be sent, nothing is read. */
    static final int MAX_BACKLOG = 256;

    /** How long the other side has for its part in closing. */
    private static final Duration CLOSING = Duration.ofSeconds(2);

    private static final Logger LOG = LoggerFactory.getLogger(WebSocketConnection.class);

    private enum Phase {
        /** Messages go both ways. */
        OPEN,
        /** The close frame is on its way; waits for the client's, or for its end of the connection. */
        CLOSING,
        CLOSED
    }

    private final HttpConnection before;
    private final Channel channel;
    private final String remoteAddress;
    private final WebSocketSettings settings;
    private final MeshEvents events;
    private final Runnable whenGone;
    private final McpConnection engine;
    private final MessageQueue messages;
    private final Pulse pulse;
    private final CredentialWatch credential;
    private final FloodMeter controlFrames = new FloodMeter(MAX_CONTROL_FRAMES_PER_SECOND);
    private final AtomicBoolean woken = new AtomicBoolean();
    private final ArrayDeque<WebSocketFrame> held = new ArrayDeque<>(4);
    private final WebSocket13FrameDecoder decoder;
    private volatile Phase phase = Phase.OPEN;
    private @Nullable TextMessage receiving;
    private @Nullable ScheduledFuture<?> cutOff;
    private boolean pumping;
    private boolean again;
    private boolean clientClosed;
    private boolean outputShut;
    private volatile boolean refused;

    /** Why it is closed, as figures name it: until something else is known, nothing was said. */
    private String cause = "client_disconnected";

    /**
     * @param before what the connection was
     * @param principal who is at its other end
     * @param credentials by which that was found out
     * @param whenGone run once, when it is closed
     */
    WebSocketConnection(
            HttpConnection before,
            DevMesh mesh,
            WebSocketSettings settings,
            Principal principal,
            Credentials credentials,
            Runnable whenGone) {
        this.before = before;
        this.channel = before.channel();
        this.remoteAddress = credentials.remoteAddress();
        this.settings = settings;
        this.events = mesh.events();
        this.whenGone = whenGone;
        this.engine = mesh.mcp().connect(principal, credentials.remoteAddress(), this::wake);
        this.messages = new MessageQueue(mesh, channel.eventLoop(), this::receive, this::pump);
        this.pulse = new Pulse(channel.eventLoop(), settings.pingInterval(), settings.pongTimeout(), this);
        this.credential = new CredentialWatch(
                mesh, channel.eventLoop(), credentials, principal, settings.credentialCheck(), this::close);
        this.decoder = new WebSocket13FrameDecoder(WebSocketDecoderConfig.newBuilder()
                .expectMaskedFrames(true)
                .allowExtensions(false)
                .closeOnProtocolViolation(false)
                .maxFramePayloadLength(settings.maxMessageBytes())
                .build());
    }

    /** What the bytes of the connection pass through, from the socket upwards; the last one is this. */
    ChannelHandler[] handlers() {
        return new ChannelHandler[] {decoder, new WebSocket13FrameEncoder(false), this};
    }

    @Override
    public Channel channel() {
        return channel;
    }

    @Override
    public void drain() {
        onLoop(() -> {
            engine.finish();
            pump();
        });
    }

    @Override
    public void cut() {
        onLoop(() -> {
            if (phase == Phase.OPEN) {
                close(CloseCode.GOING_AWAY, "The server is closing.");
            }
            channel.close();
        });
    }

    /** The engine may have something to say. For any thread. */
    private void wake() {
        if (phase == Phase.OPEN && woken.compareAndSet(false, true)) {
            try {
                channel.eventLoop().execute(() -> {
                    woken.set(false); // first: what is put in from here on wakes again
                    pump();
                });
            } catch (RejectedExecutionException closed) {
                LOG.debug("the server is closed, and the connection of {} with it", remoteAddress);
            }
        }
    }

    private void onLoop(Runnable step) {
        if (channel.eventLoop().inEventLoop()) {
            step.run();
            return;
        }
        try {
            channel.eventLoop().execute(step);
        } catch (RejectedExecutionException closed) {
            LOG.debug("the server is closed, and the connection of {} with it", remoteAddress);
        }
    }

    // ---- events of the channel

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        events.on(new MeshEvent.WebSocketOpened());
        pulse.start();
        credential.start();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (phase == Phase.OPEN && message instanceof WebSocketFrame frame) {
            if (held.isEmpty() && mayTake()) {
                take(frame);
            } else {
                held.add(frame);
                channel.config().setAutoRead(false); // at once, or a fast client would fill memory before the read ends
            }
            return;
        }
        ReferenceCountUtil.release(message);
        if (message instanceof CloseWebSocketFrame) {
            answeredByClient();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        pulse.heard(); // bytes of a long frame are a sign of life, too
        pump();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        pump();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        stop(before.draining() ? "server is closing" : "client disconnected");
        phase = Phase.CLOSED;
        before.connections().remove(this);
        events.on(new MeshEvent.WebSocketClosed(cause));
        whenGone.run();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof CorruptedWebSocketFrameException corrupted) {
            if (ctx.pipeline().context(decoder) != null) {
                ctx.pipeline().remove(decoder); // what follows is not looked at
            }
            close(CloseCode.of(corrupted.closeStatus().code()), String.valueOf(corrupted.getMessage()));
        } else if (cause instanceof IOException || Tls.isFault(cause)) {
            LOG.debug("connection of {} broke: {}", remoteAddress, cause.toString());
            ctx.close();
        } else {
            LOG.warn("connection of {} is closed after a fault", remoteAddress, cause);
            close(CloseCode.INTERNAL_ERROR, "The server failed on this connection.");
        }
    }

    // ---- what comes in

    private boolean mayTake() {
        return channel.isWritable() && messages.hasRoom() && engine.backlog() <= MAX_BACKLOG;
    }

    private void take(WebSocketFrame frame) {
        try {
            if (frame instanceof CloseWebSocketFrame close) {
                closedByClient(close.content());
            } else if (frame instanceof BinaryWebSocketFrame) {
                close(CloseCode.UNSUPPORTED_DATA, "Messages are text, not binary.");
            } else if (frame instanceof PingWebSocketFrame || frame instanceof PongWebSocketFrame) {
                takeControl(frame);
            } else {
                takeText(frame);
            }
        } finally {
            frame.release();
        }
    }

    private void takeControl(WebSocketFrame frame) {
        if (!controlFrames.admit()) {
            close(
                    CloseCode.POLICY_VIOLATION,
                    "More than " + MAX_CONTROL_FRAMES_PER_SECOND + " pings and pongs came within a second.");
        } else if (frame instanceof PingWebSocketFrame) {
            channel.write(new PongWebSocketFrame(frame.content().retain()), channel.voidPromise());
        }
    }

    private void takeText(WebSocketFrame fragment) {
        TextMessage message = receiving == null ? new TextMessage() : receiving;
        if (message.fragments() == MAX_FRAGMENTS) {
            close(CloseCode.POLICY_VIOLATION, "The message is in more than " + MAX_FRAGMENTS + " fragments.");
        } else if (!message.append(fragment.content(), settings.maxMessageBytes())) {
            close(CloseCode.TOO_BIG, "The message is larger than " + settings.maxMessageBytes() + " bytes.");
        } else if (fragment.isFinalFragment()) {
            receiving = null;
            messages.add(message);
        } else {
            receiving = message;
        }
    }

    /** One call at a time, on the loop or on a thread that may wait. */
    private void receive(TextMessage message) {
        if (refused || phase != Phase.OPEN) {
            return;
        }
        if (!message.isUtf8()) {
            refused = true; // messages behind it are not handed over any more
            onLoop(() -> close(CloseCode.INVALID_TEXT, "The message is not UTF-8."));
            return;
        }
        try {
            engine.receive(message.bytes(), 0, message.length());
        } catch (RuntimeException fault) {
            LOG.error("an MCP message could not be handled", fault);
            onLoop(() -> close(CloseCode.INTERNAL_ERROR, "The server failed on this message."));
        }
    }

    // ---- what goes out

    /** Sends what there is, and takes what was held, as far as there is room for either. */
    private void pump() {
        if (pumping) {
            again = true;
            return;
        }
        pumping = true;
        try {
            do {
                again = false;
                sendOut();
                while (phase == Phase.OPEN && !held.isEmpty() && mayTake()) {
                    take(held.poll());
                    again = true;
                }
                channel.flush();
            } while (again && phase == Phase.OPEN);
        } finally {
            pumping = false;
        }
        watchForRoom();
        boolean read = phase != Phase.OPEN || held.isEmpty() && mayTake();
        if (channel.config().isAutoRead() != read) {
            channel.config().setAutoRead(read);
        }
    }

    private void sendOut() {
        while (phase == Phase.OPEN && channel.isWritable()) {
            boolean over = engine.isOver(); // asked first: what is put in between the two questions must not be missed
            Optional<McpEvent> next = engine.next();
            if (next.isPresent()) {
                next.get().message().ifPresent(this::send);
            } else if (over) {
                close(CloseCode.GOING_AWAY, "The server is closing.");
            } else {
                return;
            }
        }
    }

    private void send(JsonWritable message) {
        channel.write(new TextWebSocketFrame(encode(message)), channel.voidPromise());
    }

    private ByteBuf encode(JsonWritable message) {
        try {
            return Answers.buffer(channel.alloc(), message);
        } catch (RuntimeException fault) {
            LOG.error("a message could not be written as JSON", fault);
            return Answers.buffer(channel.alloc(), McpEngine.refusal(Answers.panic()));
        }
    }

    // ---- time

    private void watchForRoom() {
        if (phase != Phase.OPEN || channel.isWritable()) {
            if (cutOff != null) {
                cutOff.cancel(false);
                cutOff = null;
            }
        } else if (cutOff == null) {
            cutOff = channel.eventLoop()
                    .schedule(this::cutOff, settings.writeTimeout().toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void cutOff() {
        cutOff = null;
        if (!channel.isWritable()) {
            LOG.info("closing the WebSocket of {}: it does not read what it is sent", remoteAddress);
            close(CloseCode.TRY_AGAIN_LATER, "The connection was full for too long: read what is sent.");
        }
    }

    @Override
    public boolean isHeard() {
        return channel.config().isAutoRead();
    }

    @Override
    public void ping() {
        channel.writeAndFlush(new PingWebSocketFrame(), channel.voidPromise());
    }

    @Override
    public void dead() {
        LOG.info("closing the WebSocket of {}: it did not answer a ping", remoteAddress);
        cause = "no_pong";
        channel.close();
    }

    // ---- the end

    private void close(CloseCode code, String reason) {
        if (phase == Phase.OPEN) {
            LOG.debug("closing the WebSocket of {} with {}: {}", remoteAddress, code.number(), reason);
            cause = code.cause();
            end(code.frame(reason), reason);
        }
    }

    private void closedByClient(ByteBuf payload) {
        clientClosed = true;
        if (!payload.isReadable()) {
            cause = "client_closed";
            end(new CloseWebSocketFrame(), "closed by the client");
            return;
        }
        int code = payload.readUnsignedShort();
        if (!CloseCode.maySend(code)) {
            close(CloseCode.PROTOCOL_ERROR, "The code of the close frame is not one that may be sent.");
        } else if (!ByteBufUtil.isText(payload, StandardCharsets.UTF_8)) {
            close(CloseCode.INVALID_TEXT, "The reason of the close frame is not UTF-8.");
        } else {
            cause = "client_closed";
            end(new CloseWebSocketFrame(code, ""), "closed by the client");
        }
    }

    private void end(CloseWebSocketFrame frame, String reason) {
        stop(reason);
        phase = Phase.CLOSING;
        channel.writeAndFlush(frame).addListener((ChannelFutureListener) this::shutOutput);
        channel.config().setAutoRead(true); // for the client's part in closing
        channel.eventLoop().schedule(() -> channel.close(), CLOSING.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void stop(String reason) {
        pulse.stop();
        credential.stop();
        if (cutOff != null) {
            cutOff.cancel(false);
            cutOff = null;
        }
        held.forEach(ReferenceCountUtil::release);
        held.clear();
        messages.clear();
        receiving = null;
        engine.disconnected(reason);
    }

    /** Closing both directions at once would reset the connection under a client that still sends, and the frame would be lost. */
    private void shutOutput(ChannelFuture written) {
        if (!written.isSuccess() || !channel.isActive() || clientClosed) {
            channel.close();
        } else {
            outputShut = true;
            Tls.shutOutput(channel);
        }
    }

    /** The client has answered the close frame, or sent its own at the same time. */
    private void answeredByClient() {
        clientClosed = true;
        if (outputShut) {
            channel.close();
        }
    }
}
