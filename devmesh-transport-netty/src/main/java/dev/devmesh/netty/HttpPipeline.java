package dev.devmesh.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpDecoderConfig;

/**
 * What bytes of a connection pass through, from the socket upwards.
 *
 * <ol>
 *   <li>Netty's {@code SslHandler}, if the listener has a certificate: see {@link Tls}.
 *   <li>{@link HttpCodec}: bytes to heads and pieces of bodies, and back. It refuses the ambiguous framings behind request
 *       smuggling; the figures here bound line and header fields.
 *   <li>{@link HttpConnection}: the conversation: the {@link Guards}, bodies, answers in order, time limits.
 * </ol>
 *
 * <p>A handshake puts the handlers of {@link WebSocketConnection} in the place of both. There is nothing else. What is asked of one request is a {@link Guard}; what is served is an {@link Endpoint}.
 */
final class HttpPipeline extends ChannelInitializer<Channel> {

    static final int MAX_LINE_BYTES = 8 * 1024;
    static final int MAX_HEADER_BYTES = 16 * 1024;

    /** What one read brings at most. {@link HttpConnection} stops reading between reads only. */
    static final int MAX_READ_BYTES = 32 * 1024;

    private final Edge edge;

    HttpPipeline(Edge edge) {
        this.edge = edge;
    }

    @Override
    protected void initChannel(Channel channel) {
        HttpCodec codec = new HttpCodec(new HttpDecoderConfig()
                .setMaxInitialLineLength(MAX_LINE_BYTES)
                .setMaxHeaderSize(MAX_HEADER_BYTES)
                .setMaxChunkSize(MAX_READ_BYTES));
        ChannelPipeline pipeline = channel.pipeline();
        edge.tls().ifPresent(tls -> pipeline.addLast(tls.handler(channel.alloc())));
        pipeline.addLast(codec);
        pipeline.addLast(new HttpConnection(edge, pipeline.context(codec)));
    }
}
