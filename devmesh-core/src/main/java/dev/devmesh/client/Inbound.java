package dev.devmesh.client;

import tools.jackson.databind.node.ObjectNode;

/** Takes what a server sends and nobody waits for. Must not block. */
interface Inbound {

    /** The server asks something. */
    void asked(ObjectNode request);

    /** The server tells something that belongs to no request from here. */
    void told(ObjectNode notification);

    /** What belongs to no request is not heard any more; requests go on. */
    void unheard(McpClientException reason);

    /** Nothing comes any more. */
    void ended(McpClientException reason);
}
