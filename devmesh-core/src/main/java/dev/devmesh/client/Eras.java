package dev.devmesh.client;

import dev.devmesh.ErrorCode;
import java.util.Set;

/** What the refusal of a request in the stateless form says about the server ("Backward compatibility"). */
final class Eras {

    static final int HEADER_MISMATCH = -32020;
    static final int MISSING_CAPABILITY = -32021;
    static final int UNSUPPORTED_VERSION = -32022;

    private static final int INVALID_REQUEST = -32600;
    private static final int NO_SUCH_METHOD = -32601;

    /** These are about the caller and what it sends, not about the protocol. */
    private static final Set<Integer> ABOUT_THE_CALLER = Set.of(401, 403, 407, 408, 413, 425, 429, 431, 451);

    private Eras() {}

    /** Only a server of the stateless revision has these errors, and it speaks that revision. */
    static boolean isOfStateless(McpClientException refusal) {
        return refusal.rpcCode() == HEADER_MISMATCH || refusal.rpcCode() == MISSING_CAPABILITY;
    }

    /** A server of the stateless kind that does not speak the revision; it names those that it does. */
    static boolean namesOthers(McpClientException refusal) {
        return refusal.rpcCode() == UNSUPPORTED_VERSION;
    }

    /** Whether the refusal is one of those that a server of an older revision answers with over HTTP, before it does anything. */
    static boolean mayBeOlderOverHttp(McpClientException refusal) {
        int status = refusal.status();
        if (status / 100 == 4) {
            return !ABOUT_THE_CALLER.contains(status);
        }
        int code = refusal.rpcCode();
        // a server of the stateless revision has another status with the first two, and does not have the third
        return status == 200 && (code == INVALID_REQUEST || code == NO_SUCH_METHOD || isOfOlderServers(code));
    }

    /** The codes that servers gave meanings of their own until the stateless revision forbade it. */
    private static boolean isOfOlderServers(int code) {
        return code <= -32_000 && code >= -32_019;
    }

    /** Whether a server of the stateless revision may have refused like this as well, so that it has to be asked again. */
    static boolean isAmbiguous(McpClientException refusal) {
        int code = refusal.rpcCode();
        return code != 0 && code != INVALID_REQUEST && !isOfOlderServers(code);
    }

    /** Whether a connection that was asked for the stateless revision shows by this that it may be of an older one. */
    static boolean mayBeOlder(McpClientException problem) {
        return problem.code() != ErrorCode.CANCELLED && !isOfStateless(problem) && !namesOthers(problem);
    }
}
