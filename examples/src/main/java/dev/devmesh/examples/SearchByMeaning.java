package dev.devmesh.examples;

import dev.devmesh.DevMesh;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.context.EmbeddingState;
import dev.devmesh.context.Hit;
import dev.devmesh.context.Item;
import dev.devmesh.context.NewContext;
import dev.devmesh.context.Search;
import java.util.List;

/** Remembers what happened and finds it again, although the question is misspelt. */
public final class SearchByMeaning {

    private static final Principal ME = Principal.administrator(Tenant.single(), "me");

    private SearchByMeaning() {}

    /** The hits for a question, once all is embedded. */
    static List<Hit> find(String question) throws InterruptedException {
        // Another model is one more line: .embedding(HttpEmbeddingModel.at(…)) or .embedding(new MiniLmModel()).
        try (DevMesh mesh = DevMesh.builder().build()) {
            mesh.start();
            String log = mesh.contexts().create(ME, NewContext.named("log")).id();
            mesh.contexts()
                    .append(ME, log, Item.user("the kubernetes cluster restarts"), Item.user("lunch is at noon"));
            // A search before that finds by words alone.
            while (mesh.contexts().items(ME, log, 0, 10).stream()
                    .anyMatch(item -> item.embedding() == EmbeddingState.PENDING)) {
                Thread.sleep(10);
            }
            return mesh.contexts().search(ME, Search.text(question).limit(1));
        }
    }

    /** Prints what is found and why. */
    public static void main(String[] args) throws InterruptedException {
        for (Hit hit : find("kuberentes clusters")) {
            System.out.println(hit.item().content() + " (" + hit.why().sentence() + ")");
        }
    }
}
