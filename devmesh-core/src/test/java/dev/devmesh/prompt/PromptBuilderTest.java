package dev.devmesh.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.devmesh.DevMesh;
import dev.devmesh.ErrorCode;
import dev.devmesh.Limits;
import dev.devmesh.MeshException;
import dev.devmesh.completion.Completer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PromptBuilderTest {

    private static Prompt prompt(String name) {
        return Prompt.named(name).handle((call, args) -> "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "two words", "ä", "a/b"})
    void aNameThatDoesNotTravelIsRefused(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Prompt.named(name))
                .withMessageContaining("its name must");
    }

    @Test
    void whatDoesNotFitIsRefusedWithThePromptsName() {
        PromptBuilder builder = Prompt.named("triage").argument("log");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.optionalArgument("log"))
                .withMessage("Prompt 'triage': it has the argument 'log' already");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.argument(" "))
                .withMessageStartingWith("Prompt 'triage': the name of an argument");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.completes("tone", Completer.of("calm")))
                .withMessageStartingWith("Prompt 'triage': it has no argument 'tone'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.timeout(Duration.ZERO))
                .withMessageStartingWith("Prompt 'triage': its timeout");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.concurrency(0))
                .withMessageStartingWith("Prompt 'triage': its concurrency");
    }

    @Test
    void theRegistryTellsOfEveryChangeAndTakesANameOnce() {
        PromptRegistry registry = new PromptRegistry(Limits.defaults());
        List<Long> versions = new ArrayList<>();
        registry.onChange(versions::add);

        registry.register(prompt("a"));
        registry.register(prompt("b"));
        assertThatExceptionOfType(MeshException.class)
                .isThrownBy(() -> registry.register(prompt("a")))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.ALREADY_EXISTS));
        assertThat(registry.unregister("a")).isTrue();
        assertThat(registry.unregister("a")).isFalse();

        assertThat(versions).containsExactly(1L, 2L, 3L);
        assertThat(registry.all()).extracting(Prompt::name).containsExactly("b");
    }

    @Test
    void theMeshTellsAllProblemsAtOnce() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DevMesh.builder()
                        .prompt(prompt("a"))
                        .prompt(prompt("a"))
                        .prompt(Prompt.named("long")
                                .timeout(Duration.ofHours(1))
                                .handle((call, args) -> ""))
                        .resourceTemplate("x:{id}", (call, vars) -> "")
                        .resourceTemplate("x:{id}", (call, vars) -> "")
                        .build())
                .withMessageContaining("3 problems")
                .withMessageContaining("A prompt named 'a' is registered already")
                .withMessageContaining("Prompt 'long': its timeout PT1H is longer than the mesh allows")
                .withMessageContaining("A resource template named 'x:{id}' is registered already");
    }
}
