package dev.devmesh.outbound;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Whatever stands in for an address: it is refused, or everybody reads it the same way and it leads to what was vetted. */
class AddressFuzzTest {

    private static final InetAddress PUBLIC = IpRange.address("93.184.216.34");

    @FuzzTest(maxDuration = "30s")
    void url(byte[] bytes) throws UnknownHostException {
        check(new String(bytes, StandardCharsets.UTF_8));
    }

    /** What begins right already gets further. */
    @FuzzTest(maxDuration = "30s")
    void host(byte[] bytes) throws UnknownHostException {
        check("https://" + new String(bytes, StandardCharsets.UTF_8));
    }

    private static void check(String text) throws UnknownHostException {
        Target target;
        List<InetAddress> addresses;
        try (Lookups lookups = new Lookups(host -> {
            if (host.matches("[0-9.]*|.*[^a-z0-9_.-].*") || host.endsWith(".")) {
                throw new AssertionError("looked up: " + host);
            }
            return List.of(PUBLIC);
        })) {
            target = Target.of(text);
            addresses = new Vetting(OutboundAllow.none(), lookups).vet(target, System.nanoTime() + 1_000_000_000L);
            redirect(target, text);
        } catch (MeshException refused) {
            if (refused.code() != ErrorCode.ADDRESS_REFUSED) {
                throw refused;
            }
            return;
        }
        for (InetAddress address : addresses) {
            if (!PublicAddresses.hold(address) || address.isLoopbackAddress() || address.isSiteLocalAddress()) {
                throw new AssertionError("not public: " + text);
            }
        }
        URI again = URI.create(target.origin() + target.path());
        if (!again.getRawAuthority().equals(target.entry())) {
            throw new AssertionError("read another way: " + text);
        }
        if (target.host().address().isPresent()
                && !InetAddress.getByName(target.host().inUrl()).equals(addresses.get(0))) {
            throw new AssertionError("another address: " + text);
        }
    }

    private static void redirect(Target from, String location) {
        Target to = from.redirected(location);
        if (!to.path().startsWith("/")) {
            throw new AssertionError("no path: " + location);
        }
    }
}
