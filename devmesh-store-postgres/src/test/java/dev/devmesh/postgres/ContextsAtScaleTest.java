package dev.devmesh.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.context.Appended;
import dev.devmesh.context.Context;
import dev.devmesh.context.ContextItem;
import dev.devmesh.context.Contexts;
import dev.devmesh.context.Hit;
import dev.devmesh.context.Item;
import dev.devmesh.context.NewContext;
import dev.devmesh.context.Search;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class ContextsAtScaleTest {

    private static final Principal ALICE = Principal.administrator(new Tenant("acme"), "alice");

    private final TestPostgres.Database database = TestPostgres.migrated();
    private final PostgresStore store = PostgresStore.open(database.settings());
    private final Contexts contexts = Contexts.in(store, Clock.systemUTC());

    @AfterEach
    void close() {
        store.close();
        database.close();
    }

    @Test
    void twoHundredWritersOfOneContextLeaveNoGapNoDoubleAndTheExactCount() throws Exception {
        String id = contexts.create(ALICE, NewContext.named("c")).id();
        ConcurrentMap<Long, String> acknowledged = new ConcurrentHashMap<>();
        ExecutorService writers = Executors.newFixedThreadPool(200);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                String name = "writer" + i;
                running.add(writers.submit(() -> {
                    for (int n = 0; n < 3; n++) {
                        Appended done = appendAndTryAgain(id, Item.user(name + " a" + n), Item.user(name + " b" + n));
                        done.items().forEach(item -> acknowledged.put(item.seq(), item.content()));
                    }
                }));
            }
            for (Future<?> writer : running) {
                writer.get(60, TimeUnit.SECONDS);
            }
        } finally {
            writers.shutdownNow();
        }

        List<ContextItem> all = allItems(id);
        assertThat(all)
                .extracting(ContextItem::seq)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, 1_200).boxed().toList());
        for (int i = 0; i < all.size(); i++) {
            ContextItem item = all.get(i);
            assertThat(acknowledged).containsEntry(item.seq(), item.content());
            if (i % 2 == 1) {
                assertThat(item.content())
                        .as("what was appended together stays together")
                        .isEqualTo(all.get(i - 1).content().replace(" a", " b"));
            }
        }
        Context context = contexts.get(ALICE, id);
        assertThat(context.version()).isEqualTo(601);
        assertThat(context.tokenCount())
                .isEqualTo(all.stream().mapToLong(ContextItem::tokenCount).sum());
    }

    @Test
    void itemsOfOneMebibyteAreKeptAndFound() {
        String id = contexts.create(ALICE, NewContext.named("c")).id();
        StringBuilder words = new StringBuilder("needle ");
        for (int i = 0; words.length() < 1_048_000; i++) {
            words.append("w").append(i).append(' ');
        }
        String oneWord = "x".repeat(1 << 20);

        contexts.append(ALICE, id, Item.user(words.toString()));
        contexts.append(ALICE, id, Item.user(oneWord));
        contexts.append(ALICE, id, Item.user("\ud83d\ude00".repeat(1 << 18)));
        contexts.append(ALICE, id, Item.user("\u6771".repeat((1 << 20) / 3)));

        assertThat(contexts.items(ALICE, id, 0, 1).get(0).content()).isEqualTo(words.toString());
        assertThat(contexts.items(ALICE, id, 1, 1).get(0).content()).isEqualTo(oneWord);
        assertThat(seqs("needle")).containsExactly(1L);
        assertThat(seqs("w9000")).containsExactly(1L);
        assertThat(seqs("\u6771")).containsExactly(4L);
        assertThat(seqs("xxxx")).isEmpty();
    }

    @Test
    @Tag("slow")
    void aMillionItemsAreListedInBoundedMemory() {
        String id = contexts.create(ALICE, NewContext.named("c")).id();
        // without a million look-ups of the one context
        database.execute(
                "SET session_replication_role = replica; INSERT INTO devmesh.context_items SELECT 'item_' || i, '" + id
                        + "', 'acme', i, 'user',"
                        + " repeat('x', 250), 1, '{}', '{}', false, now(), '' FROM generate_series(1, 1000000) i");
        TestPostgres.pending(database);

        long before = used();
        long peak = 0;
        long last = 0;
        long count = 0;
        List<ContextItem> page;
        do {
            page = contexts.items(ALICE, id, last, 200);
            for (ContextItem item : page) {
                assertThat(item.seq()).isEqualTo(++last);
            }
            count += page.size();
            if (count % 100_000 == 0) {
                peak = Math.max(peak, used());
            }
        } while (page.size() == 200);

        assertThat(count).isEqualTo(1_000_000);
        assertThat(peak - before)
                .as("bytes kept while 500 MB (as UTF-16) passed through")
                .isLessThan(50_000_000);
    }

    private Appended appendAndTryAgain(String id, Item... items) {
        while (true) {
            try {
                return contexts.append(ALICE, id, items);
            } catch (MeshException later) {
                // As a client does: it is told when to come again.
                assertThat(later.retryAfter()).isPresent();
            }
        }
    }

    private List<Long> seqs(String question) {
        return contexts.search(ALICE, Search.text(question)).stream()
                .map(Hit::item)
                .map(ContextItem::seq)
                .toList();
    }

    private List<ContextItem> allItems(String id) {
        List<ContextItem> all = new ArrayList<>();
        List<ContextItem> page;
        do {
            long last = all.isEmpty() ? 0 : all.get(all.size() - 1).seq();
            page = contexts.items(ALICE, id, last, 200);
            all.addAll(page);
        } while (page.size() == 200);
        return all;
    }

    private static long used() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
