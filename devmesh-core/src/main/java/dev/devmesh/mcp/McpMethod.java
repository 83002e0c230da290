package dev.devmesh.mcp;

/** How one method of the protocol is served. */
@FunctionalInterface
interface McpMethod {

    /**
     * Serves a request that has passed the checks common to all methods.
     *
     * @return the way to give the request up
     * @throws McpError if the request cannot be served; nothing was sent then
     */
    McpCall serve(McpRequest request, Reply reply);
}
