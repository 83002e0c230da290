package dev.devmesh.outbound;

import java.net.InetAddress;
import java.util.List;

/** Whether a target may be called, and at which addresses. Safe for use by many threads. */
final class Vetting {

    private static final List<Integer> USUAL_PORTS = List.of(80, 443, 8443);

    private final OutboundAllow allow;
    private final Lookups lookups;

    Vetting(OutboundAllow allow, Lookups lookups) {
        this.allow = allow;
        this.lookups = lookups;
    }

    /**
     * All addresses of the target: whoever connects goes to one of these and looks nothing up again.
     *
     * @throws dev.devmesh.MeshException if ANY of them may not be called, or there is none
     */
    List<InetAddress> vet(Target target, long deadlineNanos) {
        boolean unusual = !USUAL_PORTS.contains(target.port());
        boolean onlyIfCovered = !target.secure() || unusual;
        if (onlyIfCovered && !allow.mayCover(target)) {
            throw unusual ? Refusals.port(target) : Refusals.plain(target);
        }
        List<InetAddress> addresses = lookups.of(target, deadlineNanos);
        for (InetAddress address : addresses) {
            if (allow.covers(target, address)) {
                continue;
            }
            if (!PublicAddresses.hold(address)) {
                throw Refusals.notPublic(target);
            }
            if (onlyIfCovered) {
                throw unusual ? Refusals.port(target) : Refusals.plain(target);
            }
        }
        return addresses;
    }
}
