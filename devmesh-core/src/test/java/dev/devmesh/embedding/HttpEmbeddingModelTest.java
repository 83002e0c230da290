package dev.devmesh.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.context.ContextItem;
import dev.devmesh.context.Contexts;
import dev.devmesh.context.EmbeddingState;
import dev.devmesh.context.Item;
import dev.devmesh.context.NewContext;
import dev.devmesh.inmemory.InMemoryStore;
import dev.devmesh.json.Json;
import dev.devmesh.outbound.OutboundAllow;
import dev.devmesh.outbound.OutboundClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

final class HttpEmbeddingModelTest {

    private record Reply(int status, String body, String retryAfter) {
        static Reply ok(String body) {
            return new Reply(200, body, "");
        }

        static Reply status(int status) {
            return new Reply(status, "{\"error\":\"sk-secret echoed\"}", "");
        }
    }

    private final List<JsonNode> asked = new CopyOnWriteArrayList<>();
    private final List<String> authorizations = new CopyOnWriteArrayList<>();
    private volatile Function<JsonNode, Reply> service = HttpEmbeddingModelTest::embed;
    private HttpServer server;
    private OutboundClient client;

    @BeforeEach
    void startService() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/embeddings", this::serve);
        server.start();
        client = OutboundClient.builder()
                .allow(OutboundAllow.of("127.0.0.1:" + server.getAddress().getPort()))
                .build();
    }

    @AfterEach
    void stopService() {
        client.close();
        server.stop(0);
    }

    @Test
    void textsAreEmbeddedInTheirOrderWhateverTheOrderOfTheAnswer() {
        assertThat(model().embed(List.of("a", "bbb", "cc"))).containsExactly(vector(1), vector(3), vector(2));

        JsonNode question = asked.get(0);
        assertThat(question.path("model").stringValue()).isEqualTo("small");
        assertThat(question.path("encoding_format").stringValue()).isEqualTo("float");
        assertThat(question.path("input")).hasSize(3);
        assertThat(question.has("dimensions")).isFalse();
        assertThat(authorizations).containsExactly("none");
    }

    @Test
    void theKeyIsSentAndShownNowhere() {
        HttpEmbeddingModel model = model().withKey("sk-secret").shortened();
        model.embed(List.of("a"));

        assertThat(authorizations).containsExactly("Bearer sk-secret");
        assertThat(asked.get(0).path("dimensions").intValue()).isEqualTo(3);
        assertThat(model.name()).isEqualTo("small@3");
        service = question -> Reply.status(401);
        assertThatThrownBy(() -> model.embed(List.of("a")))
                .isInstanceOf(EmbeddingUnavailableException.class)
                .hasMessageNotContaining("sk-secret")
                .hasNoCause();
        assertThat(model.toString()).doesNotContain("sk-secret");
    }

    @Test
    void aServiceThatIsBusyIsAskedAgainWhenItSays() {
        for (int status : List.of(429, 503)) {
            service = question -> new Reply(status, "", "7");
            assertThat(unavailable().retryAfter()).hasValue(Duration.ofSeconds(7));
        }
        service = question -> Reply.status(500);
        assertThat(unavailable().retryAfter()).isEmpty();
    }

    @Test
    void aRefusedTextIsToldFromAServiceThatIsSetUpWrongly() {
        for (int status : List.of(400, 413, 422)) {
            service = question -> Reply.status(status);
            assertThatThrownBy(() -> model().embed(List.of("a"))).isInstanceOf(TextRefusedException.class);
        }
        for (int status : List.of(301, 401, 404)) {
            service = question -> Reply.status(status);
            assertThat(unavailable().fix()).isNotEmpty();
        }
    }

    @Test
    void answersThatAreNoneAreAFailureAndNoVectors() {
        for (String body : List.of(
                "",
                "not json",
                "{}",
                "{\"data\":[]}",
                "{\"data\":[{\"index\":5,\"embedding\":[1,2,3]}]}",
                "{\"data\":[{\"index\":0,\"embedding\":\"AAAA\"}]}",
                "{\"data\":[{\"index\":0,\"embedding\":[1,\"2\",3]}]}",
                "{\"data\":[{\"index\":0,\"embedding\":[1,2,3]},{\"index\":0,\"embedding\":[1,2,3]}]}",
                "{\"data\":[],\"padding\":\"" + "x".repeat(200_000) + "\"}")) {
            service = question -> Reply.ok(body);
            unavailable();
        }
    }

    @Test
    void aServiceThatIsNotThereIsUnavailable() {
        server.stop(0);
        assertThat(unavailable().getMessage()).doesNotContain("127.0.0.1");
    }

    @Test
    void aServiceOnAPrivateAddressHasToBeAllowed() {
        try (OutboundClient strict = OutboundClient.builder().build()) {
            URI address = URI.create("https://127.0.0.1:8443/v1/embeddings");
            assertThatThrownBy(() ->
                            HttpEmbeddingModel.at(strict, address, "small", 3).embed(List.of("a")))
                    .isInstanceOfSatisfying(
                            EmbeddingUnavailableException.class,
                            refusal -> assertThat(refusal.fix()).isNotEmpty());
        }
        assertThat(asked).isEmpty();
    }

    @Test
    void otherDimensionsThanExpectedAreNamedBoth() {
        service = question -> Reply.ok("{\"data\":[{\"index\":0,\"embedding\":[1,2]}]}");

        assertThatThrownBy(() -> ModelRun.checked(model(), List.of("a")))
                .isInstanceOf(EmbeddingUnavailableException.class)
                .hasMessageContaining("2 dimensions where 3 were expected");
    }

    @Test
    void inABatchOnlyTheTextThatTheServiceRefusesIsGivenUp() {
        service = question -> {
            for (JsonNode text : question.path("input")) {
                if (text.stringValue().equals("bad")) {
                    return Reply.status(400);
                }
            }
            return embed(question);
        };
        Principal ann = Principal.administrator(new Tenant("acme"), "ann");
        try (InMemoryStore store = InMemoryStore.create();
                Embedder embedder = new Embedder(store, model(), Clock.systemUTC(), event -> {})) {
            Contexts contexts = Contexts.in(store, Clock.systemUTC());
            String id = contexts.create(ann, NewContext.named("log")).id();
            contexts.append(ann, id, Item.user("good"), Item.user("bad"), Item.user("fine"), Item.user("well"));

            embedder.sweep();

            assertThat(contexts.items(ann, id, 0, 10))
                    .filteredOn(item -> item.embedding() == EmbeddingState.FAILED)
                    .extracting(ContextItem::content)
                    .containsExactly("bad");
        }
    }

    @Test
    void whatCannotBeAServiceIsRefused() {
        for (String address : List.of("ftp://host/v1", "/v1/embeddings", "http://user:pw@host/v1")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> HttpEmbeddingModel.at(client, URI.create(address), "small", 3));
        }
        URI address = URI.create("http://127.0.0.1/v1/embeddings");
        assertThatIllegalArgumentException().isThrownBy(() -> HttpEmbeddingModel.at(client, address, "", 3));
        assertThatIllegalArgumentException().isThrownBy(() -> HttpEmbeddingModel.at(client, address, "a b", 3));
        assertThatIllegalArgumentException().isThrownBy(() -> HttpEmbeddingModel.at(client, address, "small", 0));
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> HttpEmbeddingModel.at(client, address, "small", 3).withKey("a\r\nb"));
    }

    private HttpEmbeddingModel model() {
        URI address = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/v1/embeddings");
        return HttpEmbeddingModel.at(client, address, "small", 3);
    }

    private EmbeddingUnavailableException unavailable() {
        EmbeddingUnavailableException failure =
                catchThrowableOfType(EmbeddingUnavailableException.class, () -> model().embed(List.of("a")));
        assertThat(failure).isNotNull();
        return failure;
    }

    private static float[] vector(int length) {
        return new float[] {length, 1, 0.5f};
    }

    /** The last text first, as a service may answer. */
    private static Reply embed(JsonNode question) {
        ObjectNode answer = Json.object();
        var data = answer.putArray("data");
        JsonNode input = question.path("input");
        for (int i = input.size() - 1; i >= 0; i--) {
            ObjectNode entry = data.addObject().put("index", i);
            for (float number : vector(input.get(i).stringValue().length())) {
                entry.withArray("embedding").add(number);
            }
        }
        return Reply.ok(answer.toString());
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            JsonNode question = Json.parse(exchange.getRequestBody().readAllBytes());
            asked.add(question);
            String authorization = exchange.getRequestHeaders().getFirst("Authorization");
            authorizations.add(authorization == null ? "none" : authorization);
            Reply reply = service.apply(question);
            if (!reply.retryAfter().isEmpty()) {
                exchange.getResponseHeaders().add("Retry-After", reply.retryAfter());
            }
            byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(reply.status(), body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        }
    }
}
