package dev.devmesh.examples;

import dev.devmesh.DevMesh;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.context.Context;
import dev.devmesh.context.Item;
import dev.devmesh.context.Listing;
import dev.devmesh.context.NewContext;
import dev.devmesh.netty.MeshServer;
import dev.devmesh.postgres.PostgresSettings;
import dev.devmesh.postgres.PostgresStore;
import java.util.List;

/**
 * A mesh whose contexts, keys, sessions, tasks and jobs are in PostgreSQL: they outlive it, and other meshes over the same
 * database share them. Start it twice and see.
 */
final class DurableMesh {

    private static final Principal ME = Principal.administrator(Tenant.single(), "operator");

    private DurableMesh() {}

    /** The first argument is the database: {@code postgres://user:password@host:5432/name}. */
    public static void main(String[] arguments) {
        // Whoever opens a store closes it, after the mesh: that is what the order here does.
        try (PostgresStore store = PostgresStore.open(PostgresSettings.of(arguments[0]));
                DevMesh mesh = mesh(store);
                MeshServer server = MeshServer.of(mesh).port(0).start()) {
            System.out.println("Served at " + server.mcpUri() + ", database: "
                    + mesh.health().checks().get("database").detail());
            remember(mesh);
            System.out.println("Starts so far: " + starts(mesh));
        }
    }

    static DevMesh mesh(PostgresStore store) {
        return DevMesh.builder()
                .store(store)
                .bus(store.bus()) // what changes on one node is told on all
                .sessionSecret(
                        "the same on every node, from a safe place") // so that each takes over sessions of the others
                .healthCheck("database", store.health()) // so that readiness knows of it
                .contextTools()
                .build();
    }

    static void remember(DevMesh mesh) {
        Context context =
                log(mesh).stream().findFirst().orElseGet(() -> mesh.contexts().create(ME, NewContext.named("starts")));
        mesh.contexts().append(ME, context.id(), Item.user("started"));
    }

    static int starts(DevMesh mesh) {
        return mesh.contexts().items(ME, log(mesh).get(0).id(), 0, 200).size();
    }

    private static List<Context> log(DevMesh mesh) {
        return mesh.contexts().list(ME, Listing.all()).data();
    }
}
