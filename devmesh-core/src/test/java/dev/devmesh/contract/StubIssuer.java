package dev.devmesh.contract;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import dev.devmesh.token.ExternalIssuer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** A real authorization server on 127.0.0.1, as far as a resource server sees of it: it signs tokens and publishes keys. */
public final class StubIssuer implements AutoCloseable {

    /** What its tokens are for unless told otherwise. */
    public static final String AUDIENCE = "https://mesh.example.com/mcp";

    /** Made once: it takes a while. */
    private static final class Own {
        static final RSAKey KEY = rsa("own");
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "stub-issuer");
        thread.setDaemon(true);
        return thread;
    });
    private final InstantSource clock;
    private final AtomicInteger fetches = new AtomicInteger();
    private volatile int status = 200;
    private volatile Duration delay = Duration.ZERO;
    private volatile String keys;

    /** One that goes by this clock. */
    public StubIssuer(InstantSource clock) {
        this.clock = clock;
        try {
            server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        keys = "{\"keys\":[]}";
        server.setExecutor(threads);
        server.createContext("/jwks", exchange -> {
            fetches.incrementAndGet();
            try (exchange) {
                Thread.sleep(delay.toMillis());
                byte[] body = keys.getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(status, body.length);
                exchange.getResponseBody().write(body);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        server.start();
    }

    /** What its tokens call it. */
    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** As a mesh knows it. */
    public ExternalIssuer issuer() {
        return ExternalIssuer.of(url(), url() + "/jwks", AUDIENCE);
    }

    /** The entry of an allow list that lets it be called. */
    public String allow() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    /** Publishes the public halves of these. */
    public StubIssuer publishing(JWK... published) {
        return publishing(new JWKSet(List.of(published)).toString());
    }

    /** Publishes this text. */
    public StubIssuer publishing(String text) {
        keys = text;
        return this;
    }

    /** Answers with this status from now on. */
    public StubIssuer answering(int code) {
        status = code;
        return this;
    }

    /** Takes so long for an answer from now on. */
    public StubIssuer taking(Duration time) {
        delay = time;
        return this;
    }

    /** How often its keys were asked for. */
    public int fetches() {
        return fetches.get();
    }

    /** Claims of a token that is good for five minutes, of the subject {@code ada}, for running tools. */
    public JWTClaimsSet.Builder claims() {
        return new JWTClaimsSet.Builder()
                .issuer(url())
                .subject("ada")
                .audience(AUDIENCE)
                .expirationTime(Date.from(clock.instant().plus(Duration.ofMinutes(5))))
                .claim("scope", "openid tools:execute");
    }

    /** A token of these claims, signed by RS256. */
    public String token(RSAKey key, UnaryOperator<JWTClaimsSet.Builder> change) {
        return signed(
                new JWSHeader.Builder(JWSAlgorithm.RS256)
                        .keyID(key.getKeyID())
                        .type(new JOSEObjectType("at+jwt"))
                        .build(),
                key,
                change.apply(claims()).build());
    }

    /** A good token. */
    public String token(RSAKey key) {
        return token(key, claims -> claims);
    }

    /** A token of this subject with these scopes, signed with a key that it publishes for that. */
    public String tokenFor(String subject, String scopes) {
        publishing(Own.KEY.toPublicJWK());
        return token(Own.KEY, claims -> claims.subject(subject).claim("scope", scopes));
    }

    /** A token with this header, signed by this key. */
    public static String signed(JWSHeader header, JWK key, JWTClaimsSet claims) {
        try {
            SignedJWT token = new SignedJWT(header, claims);
            token.sign(key instanceof RSAKey rsa ? new RSASSASigner(rsa) : new ECDSASigner((ECKey) key));
            return token.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A new RSA key. */
    public static RSAKey rsa(String id) {
        try {
            return new RSAKeyGenerator(2_048).keyID(id).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A new key on P-256. */
    public static ECKey ec(String id) {
        try {
            return new ECKeyGenerator(Curve.P_256).keyID(id).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
