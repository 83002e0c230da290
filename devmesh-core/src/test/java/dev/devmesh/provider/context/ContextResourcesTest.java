package dev.devmesh.provider.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.devmesh.DevMesh;
import dev.devmesh.ErrorCode;
import dev.devmesh.Limits;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.content.ResourceContents;
import dev.devmesh.context.Context;
import dev.devmesh.context.ContextChange;
import dev.devmesh.context.Item;
import dev.devmesh.context.NewContext;
import dev.devmesh.event.Change;
import dev.devmesh.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ContextResourcesTest {

    private static final Principal ANNA = Principal.of(new Tenant("acme"), "anna", "contexts");
    private static final Principal EVE = Principal.of(new Tenant("evil"), "eve", "contexts", "resources");

    private final List<Change> changes = new ArrayList<>();
    private final DevMesh mesh = DevMesh.builder()
            .contextTools()
            .limits(Limits.defaults().withToolOutputBytes(20_000))
            .build();

    ContextResourcesTest() {
        mesh.start();
        mesh.changes().onChange(changes::add);
    }

    @AfterEach
    void close() {
        mesh.close();
    }

    private JsonNode read(Principal principal, String id) {
        ResourceContents.Text text = (ResourceContents.Text)
                mesh.read(principal, "devmesh://contexts/" + id).get(0);
        assertThat(text.mimeType()).isEqualTo("application/json");
        return Json.parse(text.text());
    }

    @Test
    void aContextIsReadWithItsItems() {
        Context context = mesh.contexts().create(ANNA, NewContext.named("red build"));
        mesh.contexts().append(ANNA, context.id(), Item.user("main is red"), Item.assistant("since 14:02"));

        JsonNode whole = read(ANNA, context.id());

        assertThat(whole.path("context").path("name").asString()).isEqualTo("red build");
        assertThat(whole.path("items"))
                .extracting(item -> item.path("content").asString())
                .containsExactly("main is red", "since 14:02");
        assertThat(whole.path("more").asBoolean()).isFalse();
    }

    @Test
    void aLongContextSaysThatThereIsMore() {
        Context context = mesh.contexts().create(ANNA, NewContext.named("long"));
        for (int i = 0; i < 50; i++) {
            mesh.contexts().append(ANNA, context.id(), Item.user("x".repeat(1_000)));
        }

        JsonNode whole = read(ANNA, context.id());

        assertThat(whole.path("more").asBoolean()).isTrue();
        assertThat(whole.path("items").size()).isBetween(5, 10);
    }

    @Test
    void anotherTenantsContextIsNotThere() {
        Context context = mesh.contexts().create(ANNA, NewContext.named("secret"));

        assertThatExceptionOfType(MeshException.class)
                .isThrownBy(() -> read(EVE, context.id()))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.RESOURCE_NOT_FOUND));
        assertThatExceptionOfType(MeshException.class)
                .isThrownBy(() -> read(Principal.of(new Tenant("acme"), "bob", "resources"), context.id()))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.PERMISSION_DENIED));
    }

    @Test
    void everyChangeOfAContextIsToldToItsTenant() {
        Context context = mesh.contexts().create(ANNA, NewContext.named("watched"));
        mesh.contexts().append(ANNA, context.id(), Item.user("one"));
        mesh.contexts().update(ANNA, context.id(), 2, ContextChange.nothing().name("renamed"));
        mesh.contexts().delete(ANNA, context.id());
        assertThatExceptionOfType(MeshException.class)
                .isThrownBy(() -> mesh.contexts().append(ANNA, context.id(), Item.user("too late")));

        Change told = new Change.ResourceUpdated("devmesh://contexts/" + context.id(), Optional.of(ANNA.tenant()));
        assertThat(changes).containsExactly(told, told, told);
    }
}
