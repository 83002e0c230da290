package dev.devmesh.outbound;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The sentences of everything that can go wrong. They name hosts as they were given, and nothing else of a URL: its path and query may
 * hold secrets, and where a name leads to is the network's own business.
 */
final class Refusals {

    private Refusals() {}

    private static MeshException refused(String message, String fix) {
        return new MeshException(ErrorCode.ADDRESS_REFUSED, message, fix);
    }

    static MeshException malformed(String what) {
        return refused("The address " + what + ".", "Give it as https://host/path.");
    }

    static MeshException scheme(String scheme) {
        return refused(
                scheme.isEmpty()
                        ? "The address does not begin with https://."
                        : "Addresses with the scheme '" + Target.shown(scheme) + "' are not called.",
                "Give it as https://host/path.");
    }

    static MeshException host(String host) {
        return refused(
                "'" + host + "' is neither a host name nor an IP address in its plain spelling.",
                "Write an address as 192.0.2.1 or [2001:db8::1].");
    }

    static MeshException plain(Target target) {
        return refused(
                "'" + target.given() + "' is not called without TLS.",
                "Use https, or add " + target.entry() + " to outbound.allow.");
    }

    static MeshException port(Target target) {
        return refused(
                "Port " + target.port() + " of '" + target.given() + "' is not called: only 80, 443 and 8443 are.",
                "To allow it, add " + target.entry() + " to outbound.allow.");
    }

    static MeshException notPublic(Target target) {
        return refused(
                "'" + target.given() + "' is not called: it does not lead to public addresses only.",
                "If this server may call it, add " + target.entry()
                        + " to outbound.allow; a link-local or metadata address must stand there as an address.");
    }

    /** A refusal of what an answer redirects to. */
    static MeshException redirected(Target from, MeshException refusal) {
        return new MeshException(
                refusal.code(),
                "'" + from.given() + "' redirects to an address that is refused. " + refusal.getMessage(),
                refusal.fix(),
                null,
                refusal);
    }

    static MeshException redirects(Target from) {
        return new MeshException(
                ErrorCode.UPSTREAM_FAILED,
                "'" + from.given() + "' redirects more than " + OutboundClient.MAX_REDIRECTS + " times.",
                "Use the address that it redirects to.");
    }

    static MeshException unknownHost(Target target, @Nullable IOException cause) {
        return new MeshException(
                ErrorCode.UPSTREAM_UNREACHABLE,
                "The host '" + target.given() + "' has no address.",
                "Check its name.",
                null,
                cause);
    }

    static MeshException unreachable(String host, Throwable cause) {
        return new MeshException(
                ErrorCode.UPSTREAM_UNREACHABLE,
                "'" + host + "' cannot be reached, or broke off.",
                "Check that it runs, and try again.",
                null,
                cause);
    }

    static MeshException untrusted(String host, Throwable cause) {
        return new MeshException(
                ErrorCode.UPSTREAM_UNREACHABLE,
                "No trusted connection to '" + host + "': the TLS handshake failed.",
                "Check its certificate, and who this server trusts.",
                null,
                cause);
    }

    static MeshException timeout(String host, @Nullable Throwable cause) {
        return new MeshException(
                ErrorCode.UPSTREAM_TIMEOUT, "'" + host + "' did not answer in time.", "Try again later.", null, cause);
    }

    static MeshException notHttp(String host, @Nullable Throwable cause) {
        return new MeshException(
                ErrorCode.UPSTREAM_FAILED, "'" + host + "' does not answer as HTTP has it.", "", null, cause);
    }

    static MeshException coding(String host) {
        return new MeshException(
                ErrorCode.UPSTREAM_FAILED, "'" + host + "' answers in a content coding that was not asked for.", "");
    }

    static MeshException tooLarge(String host, long most) {
        return new MeshException(
                ErrorCode.UPSTREAM_TOO_LARGE, "'" + host + "' answers with more than " + most + " bytes.", "");
    }

    static MeshException bomb(String host) {
        return new MeshException(
                ErrorCode.UPSTREAM_TOO_LARGE,
                "'" + host + "' answers with content that unpacks to more than " + BoundedBody.MAX_RATIO
                        + " times its size.",
                "");
    }

    static MeshException busy(String host) {
        return new MeshException(
                ErrorCode.OVERLOADED,
                "Too many requests to '" + host + "', or to other servers, are under way.",
                "Try again in a second.",
                Duration.ofSeconds(1),
                null);
    }

    static MeshException interrupted(String host, @Nullable Throwable cause) {
        return new MeshException(ErrorCode.CANCELLED, "The request to '" + host + "' was given up.", "", null, cause);
    }
}
