package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.Limits;
import dev.devmesh.event.Changes;
import dev.devmesh.event.MeshEvent;
import dev.devmesh.json.Json;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * A thousand listeners of one server, each told of a hundred updates in one go, one of which does not read.
 *
 * <p>The limits above the load: {@code subscriptionsPerKey} 2,000 (all listen with one credential), {@code writeTimeout} 2 s so
 * that the test need not wait for 30; the rest are the defaults.
 */
@Tag("slow")
class ListenLoadTest {

    private static final int LISTENERS = 1_000;
    private static final int UPDATES = 100;
    private static final long HEAP_GROWTH_BYTES = 32L << 20;
    private static final long BUFFER_GROWTH_BYTES = 64L << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final List<String> URIS =
            IntStream.range(0, UPDATES).mapToObj(i -> "load:" + i).toList();

    private static final List<String> LONG_URIS = IntStream.range(0, 250)
            .mapToObj(i -> "a:" + i + "-" + "x".repeat(1_000))
            .toList();

    /** What one listener has heard; read by one thread. */
    private static final class Heard {

        private final StringBuilder line = new StringBuilder();
        private final List<String> wrong = new ArrayList<>();
        private volatile int acknowledgements;
        private volatile int updates;
        private volatile int toolChanges;
        private volatile boolean ended;
        private volatile boolean closed;

        @SuppressWarnings("NonAtomicOperationOnVolatileField")
        void take(ByteBuffer bytes) {
            while (bytes.hasRemaining()) {
                char c = (char) bytes.get();
                if (c != '\n') {
                    line.append(c);
                    continue;
                }
                if (line.indexOf("data: ") == 0) {
                    take(Json.parse(line.substring("data: ".length()).strip()));
                }
                line.setLength(0);
            }
        }

        private void take(JsonNode message) {
            switch (message.path("method").asString("")) {
                case "notifications/subscriptions/acknowledged" -> acknowledgements = acknowledgements + 1;
                case "notifications/tools/list_changed" -> toolChanges = toolChanges + 1;
                case "notifications/resources/updated" -> {
                    String uri = message.at("/params/uri").asString("");
                    if (updates >= UPDATES || !uri.equals(URIS.get(updates)) || acknowledgements != 1) {
                        wrong.add(uri + " as number " + updates);
                    }
                    updates = updates + 1;
                }
                default -> {
                    ended = message.has("result");
                    if (!ended) {
                        wrong.add(message.toString());
                    }
                }
            }
        }
    }

    /** Reads for all listeners on one thread. */
    private static final class Readers extends Thread implements AutoCloseable {

        private final Selector selector;
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(64 * 1024);
        private volatile boolean stopped;

        Readers() throws IOException {
            super("readers");
            selector = Selector.open();
            setDaemon(true);
        }

        void add(SocketChannel channel, Heard heard) throws IOException {
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, heard);
            selector.wakeup();
        }

        @Override
        public void run() {
            try {
                while (!stopped) {
                    selector.select(this::read, 100);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private void read(SelectionKey key) {
            Heard heard = (Heard) key.attachment();
            try {
                buffer.clear();
                if (((SocketChannel) key.channel()).read(buffer) < 0) {
                    heard.closed = true;
                    key.channel().close();
                }
                heard.take(buffer.flip());
            } catch (IOException e) {
                heard.closed = true;
                key.cancel();
            }
        }

        @Override
        public void close() throws IOException {
            stopped = true;
            selector.close();
        }
    }

    private static SocketChannel listen(MeshServer server, String filter, int receiveBuffer) throws IOException {
        SocketChannel channel = SocketChannel.open();
        if (receiveBuffer > 0) {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, receiveBuffer);
        }
        channel.connect(new InetSocketAddress("127.0.0.1", server.port()));
        ByteBuffer request = ByteBuffer.wrap(Requests.listen(5, filter).getBytes(StandardCharsets.UTF_8));
        while (request.hasRemaining()) {
            channel.write(request);
        }
        return channel;
    }

    private static long usedHeap() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }

    private static long buffers() {
        return PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
    }

    @Test
    void aThousandListenersHearAHundredUpdatesEachAndTheOneThatDoesNotReadIsCutOff() throws Exception {
        List<MeshEvent.ListenEnded> ended = new CopyOnWriteArrayList<>();
        DevMesh mesh = DevMesh.builder()
                .resourceTemplate("load:{name}", (call, vars) -> vars.get("name"))
                .resourceTemplate("a:{name}", (call, vars) -> vars.get("name"))
                .limits(Limits.defaults().withSubscriptionsPerKey(2 * LISTENERS))
                .listener(event -> {
                    if (event instanceof MeshEvent.ListenEnded end) {
                        ended.add(end);
                    }
                })
                .build();
        List<Heard> all = new ArrayList<>();
        List<SocketChannel> channels = new ArrayList<>();
        long heapBefore = usedHeap();
        try (MeshServer server = MeshServer.of(mesh)
                        .port(0)
                        .connectionsPerAddress(2 * LISTENERS)
                        .writeTimeout(PATIENCE)
                        .start();
                Readers readers = new Readers()) {
            readers.start();
            String filter = "{\"toolsListChanged\":true,\"resourceSubscriptions\":" + Json.tree(URIS) + "}";
            for (int i = 1; i < LISTENERS; i++) {
                Heard heard = new Heard();
                all.add(heard);
                channels.add(listen(server, filter, 0));
                readers.add(channels.get(channels.size() - 1), heard);
            }
            channels.add(listen(server, "{\"resourceSubscriptions\":" + Json.tree(LONG_URIS) + "}", 4_096));
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> all.stream().allMatch(heard -> heard.acknowledgements == 1)
                            && server.connections() == LISTENERS);
            long heapOpen = usedHeap();
            long buffersOpen = buffers();
            Changes changes = mesh.changes();

            long began = System.nanoTime();
            URIS.forEach(changes::resourceUpdated);
            long told = System.nanoTime();
            await().atMost(Duration.ofSeconds(120))
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> all.stream().allMatch(heard -> heard.updates >= UPDATES));
            long heard = System.nanoTime();

            long deadline = heard + Duration.ofSeconds(30).toNanos();
            int floods = 0;
            while (ended.isEmpty() && System.nanoTime() < deadline) {
                LONG_URIS.forEach(changes::resourceUpdated);
                floods++;
                Thread.sleep(5); // so that what was told is sent, as far as there is room, before more is told
            }
            long cutOff = System.nanoTime();
            await().until(() -> server.connections() == LISTENERS - 1);
            changes.toolsChanged();
            await().atMost(Duration.ofSeconds(60)).until(() -> all.stream().allMatch(one -> one.toolChanges == 1));
            long heapAfter = usedHeap();
            long buffersAfter = buffers();

            System.out.printf(
                    "%d listeners, %d updates each: told in %d ms, heard by all after %d ms; the one that did not read was"
                            + " cut off after %d ms and %d updates; heap %d KiB before, %d KiB with all open (%d KiB each),"
                            + " %d KiB afterwards; buffers %d KiB, then %d KiB%n",
                    LISTENERS,
                    UPDATES,
                    (told - began) / 1_000_000,
                    (heard - began) / 1_000_000,
                    (cutOff - heard) / 1_000_000,
                    floods * LONG_URIS.size(),
                    heapBefore >> 10,
                    heapOpen >> 10,
                    (heapOpen - heapBefore) / LISTENERS >> 10,
                    heapAfter >> 10,
                    buffersOpen >> 10,
                    buffersAfter >> 10);
            assertThat(ended).hasSize(1);
            assertThat(ended.get(0).reason()).isEqualTo("client too slow: its connection was full for 2000 ms");
            assertThat(all).allSatisfy(one -> {
                assertThat(one.wrong).isEmpty();
                assertThat(one.updates).isEqualTo(UPDATES);
                assertThat(one.closed).isFalse();
            });
            assertThat(heapAfter - heapOpen).isLessThan(HEAP_GROWTH_BYTES);
            assertThat(buffersAfter - buffersOpen).isLessThan(BUFFER_GROWTH_BYTES);

            long closing = System.nanoTime();
            server.close();
            System.out.printf(
                    "closed with all of them in %d ms%n",
                    Duration.ofNanos(System.nanoTime() - closing).toMillis());
            await().until(() -> all.stream().allMatch(one -> one.ended && one.closed));
            assertThat(Duration.ofNanos(System.nanoTime() - closing)).isLessThan(Duration.ofSeconds(10));
        } finally {
            for (SocketChannel channel : channels) {
                channel.close();
            }
        }
    }
}
