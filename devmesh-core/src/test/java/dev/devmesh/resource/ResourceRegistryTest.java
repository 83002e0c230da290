package dev.devmesh.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.devmesh.ErrorCode;
import dev.devmesh.Limits;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Tenant;
import dev.devmesh.completion.Completer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResourceRegistryTest {

    private final ResourceRegistry registry = new ResourceRegistry(Limits.defaults());

    private static ResourceTemplate template(String template) {
        return ResourceTemplate.at(template).read((call, vars) -> "");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "motd", "farm:", ":x", "1a:b", "farm://a b", "farm://%g0", "farm://ä", "a:b#c#d", "a:\\b"})
    void anAddressThatIsNoUriIsRefused(String uri) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Resource.at(uri))
                .withMessageStartingWith("Resource '" + uri + "': its address ");
    }

    @Test
    void anAddressHasAtMost2048Characters() {
        assertThat(Resource.at("x:" + "a".repeat(2_046)).read(call -> "").uri()).hasSize(2_048);
        assertThatIllegalArgumentException().isThrownBy(() -> Resource.at("x:" + "a".repeat(2_047)));
    }

    @Test
    void whatDoesNotFitIsRefusedWithItsAddress() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ResourceTemplate.at("x:y").read((call, vars) -> ""))
                .withMessageContaining("'x:y'")
                .withMessageContaining("no variable");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ResourceTemplate.at("x:{id}").completes("name", Completer.of("a")))
                .withMessageContaining("no variable 'name'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Resource.at("x:y").named(" ").read(call -> ""))
                .withMessage("Resource 'x:y': its name must not be blank");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        Resource.at("x:y").cacheFor(Duration.ofSeconds(-1)).read(call -> ""))
                .withMessageStartingWith("Resource 'x:y': the time to keep it");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> registry.register(
                        Resource.at("x:y").timeout(Duration.ofHours(1)).read(call -> "")))
                .withMessageStartingWith("Resource 'x:y': its timeout PT1H is longer than the mesh allows");
    }

    @Test
    void anAddressAndATemplateAreTakenOnce() {
        registry.register(Resource.text("x:y", "text/plain", () -> ""));
        registry.register(template("x:{id}"));

        assertThatExceptionOfType(MeshException.class)
                .isThrownBy(() -> registry.register(Resource.text("x:y", "text/plain", () -> "")))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.ALREADY_EXISTS));
        assertThatExceptionOfType(MeshException.class)
                .isThrownBy(() -> registry.register(template("x:{id}")))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.ALREADY_EXISTS));
    }

    @Test
    void theFirstTemplateThatMatchesIsTaken() {
        registry.register(template("x:{a}/{b}"));
        registry.register(template("x:{+path}"));

        assertThat(registry.templateOf("x:1/2").orElseThrow().template()).hasToString("x:{a}/{b}");
        assertThat(registry.templateOf("x:1/2/3").orElseThrow().template()).hasToString("x:{+path}");
        assertThat(registry.templateOf("y:1")).isEmpty();
    }

    @Test
    void changesAndUpdatesAreTold() {
        List<String> told = new ArrayList<>();
        registry.onChange(new ResourceRegistry.Listener() {
            @Override
            public void resourcesChanged() {
                told.add("changed");
            }

            @Override
            public void resourceUpdated(String uri, Optional<Tenant> tenant) {
                told.add(uri + tenant.map(owner -> " of " + owner.id()).orElse(""));
            }
        });

        registry.register(Resource.text("x:y", "text/plain", () -> ""));
        registry.register(template("x:{id}"));
        registry.updated("x:y");
        registry.updated(new Tenant("acme"), "x:7");
        registry.unregister("x:{id}");
        registry.unregister("x:z");

        assertThat(told).containsExactly("changed", "changed", "x:y", "x:7 of acme", "changed");
        assertThat(registry.version()).isEqualTo(3);
    }
}
