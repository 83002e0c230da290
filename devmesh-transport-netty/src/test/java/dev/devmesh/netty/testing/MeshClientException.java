package dev.devmesh.netty.testing;

/** The mesh answered with a JSON-RPC error, or not in JSON-RPC at all. */
public final class MeshClientException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final int code;

    MeshClientException(int status, int code, String message) {
        super(message);
        this.status = status;
        this.code = code;
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }

    /** The JSON-RPC error code, 0 if there was none. */
    public int code() {
        return code;
    }
}
