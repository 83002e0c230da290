package dev.devmesh.netty;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate of a server, as two files hold it, and connections protected by it: TLS 1.3 and 1.2, by the JDK, with HTTP/1.1
 * as the only protocol on offer.
 *
 * <p>The files may be replaced while the server runs. New connections get what they hold then; if that cannot be served, what was
 * served before. Safe for use by many threads.
 */
final class Tls {

    private static final Duration HANDSHAKE = Duration.ofSeconds(10);

    /** A client that does not read cannot hold up the close of its connection for longer. */
    private static final Duration CLOSE_NOTIFY = Duration.ofSeconds(1);

    private static final long MAX_FILE_BYTES = 1 << 20;
    private static final Logger LOG = LoggerFactory.getLogger(Tls.class);

    private final Path certFile;
    private final Path keyFile;
    private final Duration interval;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private Contents seen;
    private String complaint = "";
    private volatile SslContext context;

    private record Contents(byte[] certificates, byte[] key) {

        static Contents read(Path certFile, Path keyFile) throws UnusableCertificate {
            return new Contents(bytes("certificate", certFile), bytes("key", keyFile));
        }

        private static byte[] bytes(String what, Path file) throws UnusableCertificate {
            try {
                if (Files.isRegularFile(file) && Files.size(file) > MAX_FILE_BYTES) {
                    throw new UnusableCertificate(
                            "the " + what + " file " + file + " is larger than 1 MiB; give the path of a PEM file");
                }
                return Files.readAllBytes(file);
            } catch (NoSuchFileException missing) {
                throw new UnusableCertificate(
                        "the " + what + " file " + file + " does not exist; give the path of a PEM file");
            } catch (IOException unreadable) {
                throw new UnusableCertificate("the " + what + " file " + file + " cannot be read ("
                        + unreadable.getClass().getSimpleName() + "); let the user that runs the server read it");
            }
        }

        boolean isSameAs(Contents other) {
            return Arrays.equals(certificates, other.certificates) && Arrays.equals(key, other.key);
        }
    }

    private Tls(
            Path certFile, Path keyFile, Duration interval, InstantSource clock, Contents seen, SslContext context) {
        this.certFile = certFile;
        this.keyFile = keyFile;
        this.interval = interval;
        this.clock = clock;
        this.seen = seen;
        this.context = context;
    }

    /** Reads the files. */
    static Tls of(Path certFile, Path keyFile, Duration interval, InstantSource clock) throws UnusableCertificate {
        Contents contents = Contents.read(certFile, keyFile);
        return new Tls(certFile, keyFile, interval, clock, contents, context(certFile, keyFile, contents, clock));
    }

    private static SslContext context(Path certFile, Path keyFile, Contents contents, InstantSource clock)
            throws UnusableCertificate {
        ServerIdentity identity =
                ServerIdentity.of(certFile, contents.certificates(), keyFile, contents.key(), clock.instant());
        try {
            return SslContextBuilder.forServer(identity.key(), identity.chain().toArray(X509Certificate[]::new))
                    .sslProvider(SslProvider.JDK)
                    .protocols("TLSv1.3", "TLSv1.2")
                    .applicationProtocolConfig(new ApplicationProtocolConfig(
                            ApplicationProtocolConfig.Protocol.ALPN,
                            ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                            ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                            "http/1.1"))
                    .build();
        } catch (SSLException | IllegalArgumentException unusable) {
            throw new UnusableCertificate("the certificates in " + certFile + " cannot be served ("
                    + unusable.getMessage() + "); give a chain that begins with the server's own certificate");
        }
    }

    /** What protects one connection; the first in its pipeline. */
    SslHandler handler(ByteBufAllocator allocator) {
        SslHandler handler = context.newHandler(allocator);
        handler.setHandshakeTimeout(HANDSHAKE.toMillis(), TimeUnit.MILLISECONDS);
        handler.setCloseNotifyFlushTimeout(CLOSE_NOTIFY.toMillis(), TimeUnit.MILLISECONDS);
        return handler;
    }

    /** How often to {@link #reload}. */
    Duration interval() {
        return interval;
    }

    /** Looks whether the files have changed, and takes over what they hold. Reads them, so it may wait. */
    void reload() {
        lock.lock();
        try {
            Contents contents = Contents.read(certFile, keyFile);
            if (!contents.isSameAs(seen)) {
                seen = contents; // before the rest: what is wrong with it is said once
                context = context(certFile, keyFile, contents, clock);
                complaint = "";
                LOG.info("new connections get the new certificate of {}", certFile);
            }
        } catch (UnusableCertificate unusable) {
            broken(unusable);
        } finally {
            lock.unlock();
        }
    }

    private void broken(UnusableCertificate unusable) {
        String reason = String.valueOf(unusable.getMessage());
        if (!reason.equals(complaint)) {
            complaint = reason;
            LOG.error("the certificate that was served goes on being served: {}", reason);
        }
    }

    // ---- what is different about connections that may be protected

    /** Whether an exception only says that the other end does not speak TLS, or not the way that is spoken here. */
    static boolean isFault(Throwable cause) {
        return cause instanceof SSLException
                || cause instanceof DecoderException && cause.getCause() instanceof SSLException;
    }

    /** Tells the client that nothing more will be sent, and goes on to listen to it. */
    static void shutOutput(Channel channel) {
        SslHandler handler = channel.pipeline().get(SslHandler.class);
        if (handler == null) {
            ((DuplexChannel) channel).shutdownOutput();
        } else {
            // Without the protocol's own end, the client could not tell it from a connection that was cut.
            handler.closeOutbound();
        }
    }
}
