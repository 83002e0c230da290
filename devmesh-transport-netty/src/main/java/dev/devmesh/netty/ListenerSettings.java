package dev.devmesh.netty;

import java.net.InetSocketAddress;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Where a server listens, and for what.
 *
 * @param address resolved
 * @param surfaces at least one, in their order
 */
record ListenerSettings(InetSocketAddress address, Set<Surface> surfaces) {

    ListenerSettings {
        surfaces = Collections.unmodifiableSet(EnumSet.copyOf(surfaces));
    }

    /** Whether only this machine can reach it, so that only local names make sense in a Host header. */
    boolean onLoopback() {
        return address.getAddress().isLoopbackAddress();
    }

    /** Whether clients come here. */
    boolean isForClients() {
        return surfaces.stream().anyMatch(Surface::isForClients);
    }

    /** As figures name it, for example {@code edge}, or {@code edge_api} where it serves both. */
    String label() {
        return surfaces.stream()
                .map(surface -> surface.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining("_"));
    }

    /** What someone is told who asks for what is not there. */
    String directions() {
        return surfaces.stream().map(Surface::directions).collect(Collectors.joining(" "));
    }
}
