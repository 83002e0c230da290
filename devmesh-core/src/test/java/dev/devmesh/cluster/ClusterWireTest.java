package dev.devmesh.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.devmesh.auth.Tenant;
import dev.devmesh.cluster.ClusterMessage.Gap;
import dev.devmesh.cluster.ClusterMessage.KeyRevoked;
import dev.devmesh.cluster.ClusterMessage.ListChanged;
import dev.devmesh.cluster.ClusterMessage.ResourceUpdated;
import dev.devmesh.cluster.ClusterMessage.SessionAnswer;
import dev.devmesh.cluster.ClusterMessage.TaskChanged;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterWireTest {

    @Test
    void aMessageIsOneSmallJsonObject() {
        assertThat(ClusterWire.write("n1", new ResourceUpdated(Optional.of(new Tenant("acme")), "farm://a")))
                .isEqualTo(
                        "{\"v\":1,\"from\":\"n1\",\"is\":\"resource_updated\",\"tenant\":\"acme\",\"uri\":\"farm://a\"}");
        assertThat(ClusterWire.write("n1", new ListChanged(ListChanged.Kind.TOOLS)))
                .isEqualTo("{\"v\":1,\"from\":\"n1\",\"is\":\"list_changed\",\"of\":\"tools\"}");
    }

    @Test
    void theLargestMessagesKeepWithinTheBound() {
        String node = "n".repeat(ClusterWire.MAX_NODE);
        Tenant tenant = new Tenant("t".repeat(64));
        String uri = "u".repeat(ResourceUpdated.MAX_URI_BYTES - 2);

        for (ClusterMessage message : new ClusterMessage[] {
            new ResourceUpdated(Optional.of(tenant), uri),
            new SessionAnswer("x".repeat(SessionAnswer.MAX_SEALED)),
            new TaskChanged(tenant, "x".repeat(100))
        }) {
            String text = ClusterWire.write(node, message);
            assertThat(text.getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(ClusterWire.MAX_BYTES);
            assertThat(ClusterWire.read(text)).contains(new ClusterWire.Received(node, message));
        }
    }

    @Test
    void whatIsTooLargeForABusIsNoMessage() {
        assertThat(ResourceUpdated.canHold("u".repeat(ResourceUpdated.MAX_URI_BYTES - 1)))
                .isFalse();
        assertThat(ResourceUpdated.canHold("\u0000")).isFalse();
        assertThat(ResourceUpdated.canHold("\ud800")).isFalse();
        assertThatThrownBy(() -> new ResourceUpdated(Optional.empty(), "u".repeat(5_000)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("publish a Gap");
        assertThatThrownBy(() -> new SessionAnswer("x".repeat(SessionAnswer.MAX_SEALED + 1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new KeyRevoked("")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anUnknownKindIsLeftOutAndUnknownMembersAreIgnored() {
        assertThat(ClusterWire.read("{\"v\":1,\"from\":\"n1\",\"is\":\"moon_landed\",\"at\":1}"))
                .isEmpty();
        assertThat(ClusterWire.read("{\"v\":1,\"from\":\"n1\",\"is\":\"key_revoked\",\"id\":\"key_1\",\"why\":\"x\"}"))
                .contains(new ClusterWire.Received("n1", new KeyRevoked("key_1")));
    }

    @Test
    void ofAnotherVersionOnlyThatSomethingHappenedIsKnown() {
        assertThat(ClusterWire.read("{\"v\":2,\"from\":\"n1\",\"is\":\"key_revoked\",\"keys\":[]}"))
                .contains(new ClusterWire.Received("n1", new Gap()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "[]",
                "{}",
                "{\"v\":1,\"is\":\"gap\"}",
                "{\"from\":\"n1\",\"is\":\"gap\"}",
                "{\"v\":\"1\",\"from\":\"n1\",\"is\":\"gap\"}",
                "{\"v\":1,\"from\":\"n 1\",\"is\":\"gap\"}",
                "{\"v\":1,\"from\":\"n1\"}",
                "{\"v\":1,\"from\":\"n1\",\"is\":\"key_revoked\"}",
                "{\"v\":1,\"from\":\"n1\",\"is\":\"key_revoked\",\"id\":{\"a\":1}}",
                "{\"v\":1,\"from\":\"n1\",\"is\":\"list_changed\",\"of\":\"stars\"}",
                "{\"v\":1,\"from\":\"n1\",\"is\":\"task_changed\",\"id\":\"task_1\",\"tenant\":\"a b\"}",
                "{\"v\":1,\"from\":\"n1\",\"is\":\"session_answer\",\"sealed\":\"a b\"}",
                "{\"v\":1,\"from\":\"n1\",\"is\":\"gap\"} {}"
            })
    void whatIsNoMessageIsLeftOut(String text) {
        assertThat(ClusterWire.read(text)).isEmpty();
    }
}
