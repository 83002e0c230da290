package dev.devmesh.outbound;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Where a name leads to. Called by many threads; may wait. */
@FunctionalInterface
interface Resolver {

    /** The operating system's. */
    Resolver SYSTEM = host -> List.of(InetAddress.getAllByName(host));

    /**
     * All addresses of a name.
     *
     * @param host a name in lower-case ASCII, never an address
     * @throws UnknownHostException if there is none
     */
    List<InetAddress> resolve(String host) throws UnknownHostException;
}
