package dev.devmesh.netty;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Why a request is not served.
 *
 * @param status the HTTP status
 * @param error what the client is told
 * @param headers what goes with it, such as {@code Allow}
 * @param ends whether nothing that follows on the connection can be trusted or is wanted
 */
record Rejection(int status, MeshException error, HttpHeaders headers, boolean ends) {

    /** A rejection with the status of its error. */
    static Rejection of(MeshException error) {
        return new Rejection(error.code().status(), error, EmptyHttpHeaders.INSTANCE, false);
    }

    static Rejection of(ErrorCode code, String message, String fix) {
        return of(new MeshException(code, message, fix));
    }

    /** There is too much to do for now. */
    static Rejection overloaded(String message, @Nullable Throwable cause) {
        return of(new MeshException(ErrorCode.OVERLOADED, message, "Try again later.", Duration.ofSeconds(1), cause));
    }

    /** Every thread that could do it is taken. */
    static Rejection noThread(RejectedExecutionException full) {
        return overloaded("The server has no thread left for this request.", full);
    }

    /** A request that breaks HTTP: answered with this status, and the connection closed. */
    static Rejection malformed(int status, String message, String fix) {
        MeshException error = new MeshException(ErrorCode.INVALID_REQUEST, message, fix);
        return new Rejection(status, error, EmptyHttpHeaders.INSTANCE, true);
    }

    /** The same with one more header. */
    Rejection with(CharSequence name, CharSequence value) {
        HttpHeaders more = DefaultHttpHeadersFactory.headersFactory().newHeaders();
        more.set(headers).set(name, value);
        return new Rejection(status, error, more, ends);
    }

    Rejection ending() {
        return new Rejection(status, error, headers, true);
    }
}
