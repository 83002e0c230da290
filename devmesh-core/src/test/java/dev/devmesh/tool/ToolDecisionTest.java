package dev.devmesh.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.devmesh.Limits;
import dev.devmesh.MeshException;
import dev.devmesh.auth.PermissionDeniedException;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Tenant;
import dev.devmesh.auth.UserRights;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Who may run which tool, and why: the same for lists, calls and explanations. */
class ToolDecisionTest {

    private static final List<String> WORDS = List.of(
            "tools",
            "tools:execute",
            "tools:execute:github",
            "tools:execute:github_list",
            "tools:execute:add",
            "admin",
            "contexts");

    private final ToolRegistry tools = new ToolRegistry(Limits.defaults());

    ToolDecisionTest() {
        tools.register("github", new ToolProvider() {
            @Override
            public String namespace() {
                return "github";
            }

            @Override
            public List<Tool> tools() {
                return List.of(
                        Tool.named("github_list").handle(call -> "list"),
                        Tool.named("github_close").handle(call -> "close"));
            }
        });
        tools.register(Tool.named("add").handle(call -> "sum"));
        tools.register(Tool.named("github_like").handle(call -> "not of the provider"));
    }

    @Test
    void thePermissionForAProviderIsForAllOfItsToolsAndNoOther() {
        Principal caller = caller("tools:execute:github");

        assertThat(visible(caller)).containsExactly("github_list", "github_close");
        assertThat(tools.require("github_list", caller).name()).isEqualTo("github_list");
        assertThat(refused("github_like", caller).required()).isEqualTo("tools:execute:github_like");
        assertThat(tools.why("github", caller).allowed()).isTrue();
        assertThat(tools.why("github", caller("tools:execute:github_list")).allowed())
                .isFalse();
        assertThat(tools.why("github_list", caller).permissions())
                .containsExactly("tools:execute:github_list", "tools:execute:github");
    }

    @Test
    void aCredentialForTheProviderAndAUserForTheToolMeet() {
        Principal caller = caller("tools:execute:github").actingFor(user("tools:execute:github_list"));

        assertThat(visible(caller)).containsExactly("github_list");
        assertThat(tools.why("github_list", caller).explanation())
                .isEqualTo("tool 'github_list' may be run: the credential allows tools:execute:github,"
                        + " and user ann may tools:execute:github_list.");
    }

    @Test
    void whoMayNotIsToldWhatIsMissingOnWhichSide() {
        ToolDecision noScope = tools.why("add", caller("contexts").actingFor(user("tools:execute")));
        ToolDecision noRight =
                tools.why("github_list", caller("tools:execute:github").actingFor(user("contexts")));

        assertThat(noScope.allowed()).isFalse();
        assertThat(noScope.byCredential()).isFalse();
        assertThat(noScope.byUser()).isTrue();
        assertThat(noScope.fix())
                .contains("scope tools:execute:add")
                .contains("role agent")
                .doesNotContain("administrator");
        assertThat(noRight.byCredential()).isTrue();
        assertThat(noRight.byUser()).isFalse();
        assertThat(noRight.explanation()).startsWith("Insufficient permissions: tool 'github_list' needs ");
        assertThat(noRight.fix()).contains("The role agent grants it").doesNotContain("scope");
        assertThat(noRight.role()).contains("agent");
    }

    @Test
    void aNameThatThereIsNotIsUnknownWithTheNearest() {
        ToolDecision decision = tools.why("github_lost", caller("tools"));

        assertThat(decision.kind()).isEqualTo(ToolDecision.Kind.UNKNOWN);
        assertThat(decision.allowed()).isFalse();
        assertThat(decision.explanation()).contains("does not exist").contains("github_list");
    }

    @Test
    void aDisabledUserMayRunNothing() {
        Principal caller =
                caller("tools").actingFor(new UserRights("ann", false, Set.of("agent"), Scopes.of("tools:execute")));

        assertThat(visible(caller)).isEmpty();
        assertThat(tools.why("add", caller).allowed()).isFalse();
    }

    @Property(tries = 500)
    void listsCallsAndExplanationsAgreeAndNothingIsAllowedThatEitherSideDoesNotAllow(
            @ForAll("scopes") Set<String> scopes, @ForAll("scopes") Set<String> rights) {
        Principal caller = caller(scopes.toArray(String[]::new)).actingFor(user(rights.toArray(String[]::new)));

        for (Tool tool : tools.all()) {
            boolean expected = allows(scopes, tool.name()) && allows(rights, tool.name());
            assertThat(visible(caller).contains(tool.name())).isEqualTo(expected);
            assertThat(tools.why(tool.name(), caller).allowed()).isEqualTo(expected);
            if (expected) {
                tools.require(tool.name(), caller);
            } else {
                refused(tool.name(), caller);
            }
        }
    }

    @Provide
    Arbitrary<Set<String>> scopes() {
        return Arbitraries.of(WORDS).set().ofMaxSize(4);
    }

    /** By the words of the manual, not by the code. */
    private static boolean allows(Set<String> names, String tool) {
        boolean ofGithub = tool.equals("github_list") || tool.equals("github_close");
        return names.contains("admin")
                || names.contains("tools")
                || names.contains("tools:execute")
                || names.contains("tools:execute:" + tool)
                || ofGithub && names.contains("tools:execute:github");
    }

    private PermissionDeniedException refused(String tool, Principal caller) {
        PermissionDeniedException refusal =
                catchThrowableOfType(PermissionDeniedException.class, () -> tools.require(tool, caller));
        assertThat(refusal).isNotNull().isInstanceOf(MeshException.class);
        return refusal;
    }

    private List<String> visible(Principal caller) {
        return tools.visibleTo(caller).stream().map(Tool::name).toList();
    }

    private static Principal caller(String... scopes) {
        return Principal.of(new Tenant("acme"), "caller", scopes);
    }

    private static UserRights user(String... rights) {
        return new UserRights("ann", true, Set.of(), Scopes.of(rights));
    }
}
