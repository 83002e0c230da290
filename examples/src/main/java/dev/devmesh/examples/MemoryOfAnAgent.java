package dev.devmesh.examples;

import dev.devmesh.DevMesh;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.context.Compacted;
import dev.devmesh.context.Compaction;
import dev.devmesh.context.Context;
import dev.devmesh.context.ContextItem;
import dev.devmesh.context.Contexts;
import dev.devmesh.context.Erasure;
import dev.devmesh.context.Item;
import dev.devmesh.context.NewContext;

/** An agent's memory in a program: it grows, is compacted by a summarizer of your own, and is erased with proof. */
final class MemoryOfAnAgent {

    private static final Principal ME = Principal.administrator(Tenant.single(), "operator");

    private MemoryOfAnAgent() {}

    public static void main(String[] arguments) {
        // A model would do better; this one only counts. Without it the default takes the sentences that tell most.
        try (DevMesh mesh = DevMesh.builder()
                .summarizer((items, maxTokens) -> items.size() + " builds were green")
                .build()) {
            mesh.start();
            for (ContextItem item : remember(mesh.contexts())) {
                System.out.println(item.seq() + " " + item.role().wireName() + ": " + item.content());
            }
            Erasure receipt = mesh.contexts().erase(ME, "bot-7");
            System.out.println("erased " + receipt.rows() + ", SHA-256 " + receipt.sha256());
        }
    }

    static Iterable<ContextItem> remember(Contexts contexts) {
        Context context = contexts.create(ME, NewContext.named("builds of main").agent("bot-7"));
        contexts.append(ME, context.id(), Item.system("You watch the builds of main."));
        for (int build = 1; build <= 40; build++) {
            contexts.append(ME, context.id(), Item.tool("ci", "Build " + build + " of main passed all of its tests"));
        }
        Compacted compacted =
                contexts.compact(ME, context.id(), Compaction.standard().keepItems(2));
        System.out.println(compacted.items() + " items of " + compacted.tokens() + " tokens became one");
        return contexts.items(ME, context.id(), 0, 10);
    }
}
