package dev.devmesh.mcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.auth.Principal;
import dev.devmesh.mcp.SessionClient.Sent;
import dev.devmesh.prompt.Prompt;
import dev.devmesh.question.Question;
import dev.devmesh.resource.Resource;
import dev.devmesh.tool.Tool;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Questions to clients with sessions over HTTP, which answer while the handler waits. */
class SessionQuestionsTest {

    private static final String NEWEST = "2025-11-25";
    private static final String ELICIT = "elicitation/create";
    private static final String ANN = "\"result\":{\"action\":\"accept\",\"content\":{\"name\":\"Ann\"}}";
    private static final String YES = "\"result\":{\"action\":\"accept\",\"content\":{\"confirm\":true}}";
    private static final String SECRET = "a secret that all servers know, long enough";

    record Name(String name) {}

    private final Semaphore gate = new Semaphore(0);
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicReference<Throwable> ended = new AtomicReference<>();
    private final DevMesh mesh = mesh();

    private DevMesh mesh() {
        DevMesh made = DevMesh.builder()
                .sessionSecret(SECRET)
                .tool(Tool.named("greet").handle(call -> {
                    try {
                        return "Hello, "
                                + call.elicit("who", "Who are you?", Name.class)
                                        .orElseThrow()
                                        .name();
                    } catch (RuntimeException e) {
                        ended.set(e);
                        throw e;
                    }
                }))
                .tool(Tool.named("late").handle(call -> {
                    begun.incrementAndGet();
                    gate.acquire();
                    try {
                        return call.elicit("who", "Who are you?", Name.class).orElseThrow();
                    } catch (RuntimeException e) {
                        ended.set(e);
                        throw e;
                    }
                }))
                .tool(Tool.named("patient").timeout(Duration.ofMillis(300)).handle(call -> {
                    call.elicit("who", "Who are you?", Name.class);
                    return "in time";
                }))
                .tool(Tool.named("slow").timeout(Duration.ofMillis(300)).handle(call -> {
                    call.elicit("who", "Who are you?", Name.class);
                    gate.acquire();
                    return "too late";
                }))
                .tool(Tool.named("sure")
                        .nonBlocking()
                        .confirm(in -> "Sure?")
                        .handle(call -> "on " + Thread.currentThread().getName()))
                .tool(Tool.named("sureLater")
                        .confirm(in -> "Sure?")
                        .handleAsync((call, in) -> CompletableFuture.completedFuture("later")))
                .tool(Tool.named("many")
                        .handle(call -> call.ask(IntStream.rangeClosed(0, Questions.MOST_OPEN)
                                .mapToObj(i -> Question.form("q" + i, "Who?", Name.class))
                                .toArray(Question[]::new))))
                .prompt(Prompt.named("letter")
                        .handle((call, arguments) -> "Dear "
                                + call.elicit("who", "To whom?", Name.class)
                                        .orElseThrow()
                                        .name()))
                .resource(Resource.at("farm://asks")
                        .read(call -> call.elicit("who", "Who are you?", Name.class)
                                .orElseThrow()
                                .name()))
                .build();
        made.start();
        return made;
    }

    @AfterEach
    void close() {
        gate.release(100);
        mesh.close();
    }

    private SessionClient begin(String revision) throws Exception {
        return SessionClient.begin(mesh, Principal.anonymous(), revision);
    }

    private SessionClient begin() throws Exception {
        return begin(NEWEST);
    }

    private static String text(JsonNode response) {
        return response.at("/result/content/0/text").asString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"2025-11-25", "2025-06-18"})
    void aQuestionComesOnTheStreamOfItsCallAndIsAnsweredByAnotherPost(String revision) throws Exception {
        SessionClient client = begin(revision);
        Sent standalone = client.open();
        Sent sent = client.call(1, "greet");
        JsonNode question = sent.message(ELICIT);

        assertThat(client.answer(question, ANN).answer().status()).isEqualTo(202);
        assertThat(text(sent.response())).isEqualTo("Hello, Ann");
        sent.awaitEnd();
        assertThat(standalone.exchange().pushed).isEmpty();
    }

    @Test
    void anErrorForAnAnswerIsQuoted() throws Exception {
        SessionClient client = begin();
        Sent sent = client.call(1, "greet");
        client.answer(sent.message(ELICIT), "\"error\":{\"code\":-1,\"message\":\"User is away\"}");

        assertThat(sent.response().at("/result/isError").asBoolean()).isTrue();
        assertThat(text(sent.response())).contains("User is away");
    }

    @Test
    void anAnswerThatDoesNotFitIsAskedForAgainUnderAnotherId() throws Exception {
        SessionClient client = begin();
        Sent sent = client.call(1, "greet");
        JsonNode first = sent.message(ELICIT);
        client.answer(first, "\"result\":{\"action\":\"accept\",\"content\":{\"name\":7}}");
        JsonNode second =
                sent.message(message -> message.path("method").asString("").equals(ELICIT)
                        && !message.path("id").equals(first.path("id")));
        client.answer(second, ANN);

        assertThat(text(sent.response())).isEqualTo("Hello, Ann");
    }

    @Test
    void aResponseToWhatWasNotAskedHereIsRefusedAndALateOneIsNot() throws Exception {
        SessionClient client = begin();
        Sent sent = client.call(1, "greet");
        JsonNode question = sent.message(ELICIT);

        assertThat(begin().answer(question, ANN).answer().status())
                .as("of another session")
                .isEqualTo(400);
        client.answer(question, ANN);
        assertThat(client.answer(question, ANN).answer().status()).as("again").isEqualTo(202);
        assertThat(text(sent.response())).isEqualTo("Hello, Ann");
    }

    @Test
    void aCancelledCallTakesItsQuestionBackBeforeItsStreamEnds() throws Exception {
        SessionClient client = begin();
        Sent sent = client.call(1, "greet");
        JsonNode question = sent.message(ELICIT);
        client.cancel(1);

        sent.awaitEnd();
        await().until(() -> ended.get() != null);
        assertThat(sent.exchange().pushed).hasSize(2);
        JsonNode last = sent.exchange().pushed.get(1);
        assertThat(last.path("method").asString()).isEqualTo("notifications/cancelled");
        assertThat(last.at("/params/requestId")).isEqualTo(question.path("id"));
        assertThat(client.answer(question, ANN).answer().status())
                .as("too late")
                .isEqualTo(202);
        assertThat(client.call(1, "greet").message(ELICIT).path("id"))
                .as("no id is used twice")
                .isNotEqualTo(question.path("id"));
    }

    @Test
    void theDeadlineStandsStillWhileTheClientIsAsked() throws Exception {
        SessionClient client = begin();
        Sent sent = client.call(1, "patient");
        JsonNode question = sent.message(ELICIT);
        await().during(Duration.ofMillis(900))
                .atMost(Duration.ofSeconds(10))
                .until(() -> !sent.exchange().isStreamOver());
        client.answer(question, ANN);

        assertThat(text(sent.response())).isEqualTo("in time");
    }

    @Test
    void theDeadlineRunsOnAfterTheAnswer() throws Exception {
        SessionClient client = begin();
        Sent sent = client.call(1, "slow");
        client.answer(sent.message(ELICIT), ANN);

        assertThat(text(sent.response())).contains("did not answer within 300 ms");
    }

    @ParameterizedTest
    @CsvSource({"sure, on ", "sureLater, later"})
    void aToolThatDoesNotWaitAsksOnAThreadThatMay(String tool, String result) throws Exception {
        SessionClient client = begin();
        Sent sent = client.call(1, tool); // comes back, though nobody has answered
        client.answer(sent.message(ELICIT), YES);

        assertThat(text(sent.response()))
                .startsWith(result)
                .doesNotContain(Thread.currentThread().getName());
    }

    @Test
    void aToolThatDoesNotWaitStaysOnItsThreadForAClientThatCannotBeAsked() throws Exception {
        SessionClient client = SessionClient.begin(mesh, Principal.anonymous(), NEWEST, "{}");
        RecordedExchange.Answer answer = client.call(1, "sure").answer();

        assertThat(answer.status()).isEqualTo(200);
        assertThat(Objects.requireNonNull(answer.body()).at("/error/code").asInt())
                .isEqualTo(-32600);
        assertThat(answer.body().at("/error/data/requiredCapabilities").has("elicitation"))
                .isTrue();
    }

    @Test
    void promptsAndResourcesAskAsWell() throws Exception {
        SessionClient client = begin();
        Sent prompt = client.request(1, "prompts/get", "{\"name\":\"letter\"}");
        client.answer(prompt.message(ELICIT), ANN);
        assertThat(prompt.response().at("/result/messages/0/content/text").asString())
                .isEqualTo("Dear Ann");

        Sent resource = client.request(2, "resources/read", "{\"uri\":\"farm://asks\"}");
        client.answer(resource.message(ELICIT), ANN);
        assertThat(resource.response().at("/result/contents/0/text").asString()).isEqualTo("Ann");
    }

    @Test
    void soManyQuestionsMayBeOpenAndWhatCannotBeAskedWholeIsTakenBack() throws Exception {
        Sent sent = begin().call(1, "many");

        assertThat(text(sent.response())).contains(Questions.MOST_OPEN + " questions");
        assertThat(sent.exchange().pushed)
                .filteredOn(message -> message.path("method").asString("").equals("notifications/cancelled"))
                .hasSize(Questions.MOST_OPEN);
    }

    @Test
    void aClientThatLosesItsConnectionComesBackForTheQuestion() throws Exception {
        SessionClient client = begin();
        Sent sent = client.call(1, "greet");
        JsonNode question = sent.message(ELICIT);
        sent.breaks();
        Sent resumed = client.open(sent.exchange().events.get(0).id());

        assertThat(resumed.message(ELICIT)).isEqualTo(question);
        client.answer(question, ANN);
        assertThat(text(resumed.response())).isEqualTo("Hello, Ann");
    }

    @Test
    void aClientThatCannotComeBackIsNotWaitedFor() throws Exception {
        Sent sent = begin().call(1, "late");
        await().until(() -> begun.get() == 1);
        sent.breaks();
        gate.release();

        await().until(() -> ended.get() != null);
        assertThat(ended.get()).hasMessageContaining("has gone");
    }

    @Test
    void endingTheSessionEndsWhatWaitsForAnAnswer() throws Exception {
        SessionClient client = begin();
        Sent sent = client.call(1, "greet");
        sent.message(ELICIT);
        client.delete();

        await().until(() -> ended.get() != null);
        sent.awaitEnd();
    }

    @Test
    void aClosingServerWaitsForNoAnswer() throws Exception {
        SessionClient client = begin();
        Sent sent = client.call(1, "greet");
        sent.message(ELICIT);
        sent.call().finish();

        assertThat(text(sent.response())).contains("has gone");
        sent.awaitEnd();
    }

    @Test
    void noTwoServersAskUnderOneId() throws Exception {
        SessionClient here = begin();
        try (DevMesh other = mesh()) {
            Sent first = here.call(1, "greet");
            Sent second = here.at(other).call(2, "greet");
            JsonNode question = first.message(ELICIT);
            assertThat(second.message(ELICIT).path("id")).isNotEqualTo(question.path("id"));

            assertThat(here.at(other).answer(question, ANN).answer().status()).isEqualTo(400);
            assertThat(here.answer(question, ANN).answer().status()).isEqualTo(202);
            assertThat(text(first.response())).isEqualTo("Hello, Ann");
        }
    }
}
