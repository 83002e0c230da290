package dev.devmesh.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;

/**
 * What bytes of a connection pass through, from the socket upwards.
 *
 * <ol>
 *   <li>Netty's {@code SslHandler}, if the listener has a certificate: see {@link Tls}.
 *   <li>{@link HttpServerCodec}: bytes to heads and pieces of bodies, and back. Netty's defaults already refuse the
 *       ambiguous framings behind request smuggling; the figures here bound line and header fields.
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

    /** What may have been read of TLS, but not yet decrypted, when a read begins. */
    private static final int TLS_RECORD_BYTES = 17 * 1024;

    /** More requests than one read can hold, so that the codec never has to give up on a client that pipelines. */
    private static final int MAX_DECODED_REQUESTS =
            (MAX_READ_BYTES + TLS_RECORD_BYTES) / "GET / HTTP/1.1\r\n\r\n".length() + 64;

    private final Edge edge;

    HttpPipeline(Edge edge) {
        this.edge = edge;
    }

    @Override
    protected void initChannel(Channel channel) {
        HttpServerCodec codec = new HttpServerCodec(
                new HttpDecoderConfig()
                        .setMaxInitialLineLength(MAX_LINE_BYTES)
                        .setMaxHeaderSize(MAX_HEADER_BYTES)
                        .setMaxChunkSize(MAX_READ_BYTES),
                MAX_DECODED_REQUESTS);
        ChannelPipeline pipeline = channel.pipeline();
        edge.tls().ifPresent(tls -> pipeline.addLast(tls.handler(channel.alloc())));
        pipeline.addLast(codec);
        pipeline.addLast(new HttpConnection(edge, pipeline.context(codec)));
    }
}
