package dev.devmesh.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.DevMesh;
import dev.devmesh.postgres.PostgresStore;
import dev.devmesh.postgres.testing.RestartablePostgres;
import org.junit.jupiter.api.Test;

final class DurableMeshTest {

    @Test
    void whatOneMeshKeepsTheNextOneFinds() throws Exception {
        try (RestartablePostgres postgres = RestartablePostgres.start()) {
            DurableMesh.main(new String[] {postgres.url("postgres", "", "postgres")});
            DurableMesh.main(new String[] {postgres.url("postgres", "", "postgres")});

            try (PostgresStore store = PostgresStore.open(postgres.settings());
                    DevMesh mesh = DurableMesh.mesh(store)) {
                mesh.start();
                assertThat(DurableMesh.starts(mesh)).isEqualTo(2);
            }
        }
    }
}
