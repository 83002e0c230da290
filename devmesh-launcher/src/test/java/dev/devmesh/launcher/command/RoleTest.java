package dev.devmesh.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.devmesh.launcher.exit.ExitCode;
import dev.devmesh.launcher.exit.Failure;
import java.util.List;
import org.junit.jupiter.api.Test;

class RoleTest {

    private static Failure refusal(String... roles) {
        return catchThrowableOfType(Failure.class, () -> Role.requireAll(List.of(roles)));
    }

    @Test
    void allOfThemIsTheDefault() {
        assertThatCode(() -> Role.requireAll(List.of())).doesNotThrowAnyException();
        assertThatCode(() -> Role.requireAll(List.of("worker", " api", "edge"))).doesNotThrowAnyException();
    }

    @Test
    void aSplitIsRefusedWithItsReason() {
        Failure refused = refusal("edge");
        assertThat(refused.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(refused.line())
                .contains("--roles leaves api and worker to another process", "no queue that several share")
                .endsWith("fix: leave out --roles, or --roles edge,api,worker");
    }

    @Test
    void anUnknownRoleIsNamedWithTheNearest() {
        Failure refused = refusal("edge", "wroker");
        assertThat(refused.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(refused.line()).contains("no role 'wroker'", "did you mean worker?");
    }
}
