package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.DevMesh;
import dev.devmesh.access.NewUser;
import dev.devmesh.access.User;
import dev.devmesh.access.UserChange;
import dev.devmesh.auth.ApiKeys;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.NewKey;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.content.Message;
import dev.devmesh.context.Context;
import dev.devmesh.context.Item;
import dev.devmesh.context.NewContext;
import dev.devmesh.inmemory.InMemoryStore;
import dev.devmesh.json.Json;
import dev.devmesh.prompt.Prompt;
import dev.devmesh.resource.Resource;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * Every route with every method, and every method of MCP with every tool, resource and prompt, with each kind of credential that must
 * not open it. The routes are those that the server itself declares, so a new one is in here by itself.
 */
class AuthorizationMatrixTest {

    private static final String MARKER = "marker-of-acme";
    private static final Tenant ACME = new Tenant("acme");
    private static final Tenant GLOBEX = new Tenant("globex");
    private static final Principal ACME_ADMIN = Principal.administrator(ACME, "alice");
    private static final List<String> METHODS = List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE");

    /** What shows nothing but what the caller may see anyway, whoever calls. */
    private static final Set<String> FOR_ANY_CALLER = Set.of(
            "GET /api/v1/tools",
            "HEAD /api/v1/tools",
            // whether the caller may run a tool, and why not
            "GET /api/v1/tools/{name}/permissions",
            "HEAD /api/v1/tools/{name}/permissions",
            // what the caller's own credential is and allows
            "GET /api/v1/auth/keys/validate",
            "HEAD /api/v1/auth/keys/validate",
            // no more than the key itself
            "POST /api/v1/auth/token");

    private static InMemoryStore store;
    private static DevMesh mesh;
    private static MeshServer server;
    private static HttpClient http;
    private static String contextId;
    private static String keyId;

    /** By what it is: the secret to show. */
    private static final Map<String, String> REFUSED = new LinkedHashMap<>();

    private static String administrator;
    private static String stranger;
    private static String wrongScope;

    /** With every scope, for a user without any role. */
    private static String powerless;

    @BeforeAll
    static void open() throws InterruptedException {
        store = InMemoryStore.create();
        mesh = DevMesh.builder()
                .failedAuthentications(0)
                .store(store)
                .contextTools()
                .tool(Tool.named("run_me").handle(call -> "the tool ran"))
                .resource(Resource.text("acme://" + MARKER, "text/plain", () -> MARKER))
                .prompt(Prompt.named("ask").handle((call, arguments) -> Message.user(MARKER)))
                .build();
        server = MeshServer.of(mesh).port(0).start();
        http = HttpClient.newHttpClient();
        ApiKeys keys = mesh.keys();
        contextId = mesh.contexts().create(ACME_ADMIN, NewContext.named(MARKER)).id();
        mesh.contexts().append(ACME_ADMIN, contextId, Item.user(MARKER));
        NewKey admin = keys.create(ACME_ADMIN, KeySpec.named(MARKER).scopes("admin"));
        keyId = admin.key().id();
        administrator = admin.secret();
        stranger = keys.create(
                        Principal.administrator(GLOBEX, "george"),
                        KeySpec.named("g").scopes("admin"))
                .secret();
        wrongScope = keys.create(ACME_ADMIN, KeySpec.named("w").scopes("prompts:get:another"))
                .secret();
        NewKey revoked = keys.create(ACME_ADMIN, KeySpec.named("r").scopes("admin"));
        keys.revoke(ACME_ADMIN, revoked.key().id());
        String expired = keys.create(
                        ACME_ADMIN, KeySpec.named("e").scopes("admin").expiresIn(Duration.ofMillis(1)))
                .secret();
        Thread.sleep(5); // until that one has expired
        Principal operator = Principal.operator(Tenant.single(), "operator");
        Principal initech = Principal.administrator(new Tenant("initech"), "bill");
        mesh.access().tenants().create(operator, "initech", "Initech");
        String suspended =
                keys.create(initech, KeySpec.named("s").scopes("admin")).secret();
        mesh.access().tenants().suspend(operator, "initech");
        User dan = mesh.access().users().create(ACME_ADMIN, new NewUser("", "dan@acme.example", "Dan", ""));
        mesh.access().users().give(ACME_ADMIN, dan.id(), "admin");
        String disabled = keys.create(
                        ACME_ADMIN, KeySpec.named("d").scopes("admin").user(dan.id()))
                .secret();
        mesh.access().users().update(ACME_ADMIN, dan.id(), UserChange.none().disabled(true));
        User ray = mesh.access().users().create(ACME_ADMIN, new NewUser("", "ray@acme.example", "Ray", ""));
        powerless = keys.create(ACME_ADMIN, KeySpec.named("p").scopes("admin").user(ray.id()))
                .secret();
        REFUSED.put("suspended tenant", suspended);
        REFUSED.put("disabled user", disabled);
        REFUSED.put("none", "");
        REFUSED.put("malformed", "dmk_live_tooShort");
        REFUSED.put(
                "unknown", ApiKeys.in(InMemoryStore.create(), Clock.systemUTC()).newSecret());
        REFUSED.put("altered", flipped(administrator));
        REFUSED.put("revoked", revoked.secret());
        REFUSED.put("expired", expired);
    }

    @AfterAll
    static void close() {
        server.close();
        mesh.close();
        store.close();
    }

    @Test
    void noRouteOpensToACredentialThatIsNotGood() throws Exception {
        List<String> wrong = new ArrayList<>();
        int tried = 0;
        for (Place place : places()) {
            for (Map.Entry<String, String> credential : REFUSED.entrySet()) {
                for (String method : METHODS) {
                    int status =
                            send(method, place.path(), credential.getValue()).statusCode();
                    tried++;
                    if (place.isPublic(method) ? status == 401 || status == 403 : !refusal(credential, status)) {
                        wrong.add(method + " " + place.template() + " " + credential.getKey() + " -> " + status);
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(tried).isGreaterThan(1_000);
    }

    /** The tenant of a known key is told that it is suspended. */
    private static boolean refusal(Map.Entry<String, String> credential, int status) {
        return status == (credential.getKey().equals("suspended tenant") ? 403 : 401);
    }

    @Test
    void noRouteDoesAnythingForAScopeThatItDoesNotName() throws Exception {
        List<String> wrong = new ArrayList<>();
        for (String secret : List.of(wrongScope, powerless)) {
            for (Place place : places()) {
                for (String method : METHODS) {
                    HttpResponse<String> answer = send(method, place.path(), secret);
                    boolean good = answer.statusCode() / 100 == 2;
                    boolean expected =
                            place.isPublic(method) || FOR_ANY_CALLER.contains(method + " " + place.template());
                    if (good && !expected
                            || answer.statusCode() >= 500
                            || answer.body().contains(MARKER)) {
                        wrong.add(method + " " + place.template() + " -> " + answer.statusCode());
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void anotherTenantsAdministratorSeesAndChangesNothing() throws Exception {
        List<String> wrong = new ArrayList<>();
        String before = everythingOfAcme();
        for (Place place : places()) {
            for (String method : METHODS) {
                HttpResponse<String> answer = send(method, place.path(), stranger);
                boolean good = answer.statusCode() / 100 == 2;
                boolean opens = good && place.names(keyId, contextId) && !place.isPublic(method);
                if (opens || answer.statusCode() >= 500 || answer.body().contains(MARKER)) {
                    wrong.add(method + " " + place.template() + " -> " + answer.statusCode() + " " + answer.body());
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(everythingOfAcme()).isEqualTo(before);
    }

    /** Without this, a server that refuses everybody would pass. */
    @Test
    void theAdministratorIsRefusedNowhere() throws Exception {
        List<String> wrong = new ArrayList<>();
        for (Place place : places()) {
            for (String method : place.methods()) {
                if (method.equals("DELETE")
                        || method.equals("POST") && place.template().endsWith("/rotate")) {
                    continue; // the others need what is there
                }
                int status = send(method, place.path(), administrator).statusCode();
                boolean platform = place.template().startsWith("/api/v1/tenants");
                if ((status == 401 || status == 403) != platform) {
                    wrong.add(method + " " + place.template() + " -> " + status);
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void noMethodOfMcpOpensToACredentialThatIsNotGood() throws Exception {
        List<String> wrong = new ArrayList<>();
        for (Map.Entry<String, String> credential : REFUSED.entrySet()) {
            for (Request message : allMessages()) {
                HttpResponse<String> answer = mcp(message, credential.getValue());
                if (!refusal(credential, answer.statusCode())) {
                    wrong.add(message.method() + " " + message.name() + " " + credential.getKey() + " -> "
                            + answer.statusCode());
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void noMethodOfMcpShowsOrRunsAnythingForAScopeThatDoesNotNameIt() throws Exception {
        List<String> wrong = new ArrayList<>();
        for (String secret : List.of(wrongScope, powerless)) {
            for (Request message : messages()) {
                HttpResponse<String> answer = mcp(message, secret);
                JsonNode json = Json.parse(answer.body());
                boolean denied = answer.statusCode() == 403;
                boolean harmless =
                        message.method().endsWith("/list") || message.method().equals("server/discover");
                if (answer.body().contains(MARKER) || answer.body().contains("the tool ran") || !denied && !harmless) {
                    wrong.add(message + " -> " + answer.statusCode() + " " + json);
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void whatMcpShowsToAnotherTenantHoldsNothingOfThisOne() throws Exception {
        for (Request message : messages()) {
            if (message.method().startsWith("tools/call") && message.name().startsWith("context_")) {
                assertThat(mcp(message, stranger).body()).as(message.toString()).doesNotContain(MARKER);
            }
        }
    }

    // ---- what there is

    /** A path that the server declares. */
    private record Place(String template, String path, Set<String> declared, boolean open) {

        boolean isPublic(String method) {
            return open && methods().contains(method);
        }

        List<String> methods() {
            return METHODS.stream()
                    .filter(method -> declared.contains(method) || method.equals("HEAD") && declared.contains("GET"))
                    .toList();
        }

        boolean names(String... ids) {
            return List.of(ids).stream().anyMatch(path::contains);
        }
    }

    private static List<Place> places() throws Exception {
        JsonNode description = Json.parse(send("GET", "/openapi.json", "").body());
        List<Place> places = new ArrayList<>();
        description.path("paths").properties().forEach(path -> {
            Set<String> declared = new java.util.TreeSet<>();
            boolean[] open = new boolean[1];
            path.getValue().properties().forEach(operation -> {
                declared.add(operation.getKey().toUpperCase(java.util.Locale.ROOT));
                open[0] |= operation.getValue().path("security").isEmpty();
            });
            String template = path.getKey();
            places.add(new Place(template, filled(template), declared, open[0]));
        });
        assertThat(places).hasSizeGreaterThan(10);
        return places;
    }

    private static String filled(String template) {
        String path = template;
        if (template.startsWith("/api/v1/contexts/")) {
            path = path.replace("{id}", contextId);
        } else if (template.startsWith("/api/v1/auth/keys/")) {
            path = path.replace("{key_id}", keyId).replace("{id}", keyId);
        }
        return path.replace("{name}", "run_me").replaceAll("\\{[^}]*}", "unknown");
    }

    /** A message of MCP, and what it is about. */
    private record Request(String method, String name, String params) {}

    /** With those, too, that open nothing by themselves. */
    private static List<Request> allMessages() {
        List<Request> all = new ArrayList<>(messages());
        for (String method : List.of(
                "tasks/get",
                "tasks/update",
                "tasks/cancel",
                "subscriptions/listen",
                "initialize",
                "ping",
                "logging/setLevel",
                "resources/subscribe",
                "resources/unsubscribe",
                "no/such/method")) {
            all.add(new Request(method, "", ""));
        }
        return all;
    }

    private static List<Request> messages() {
        List<Request> messages = new ArrayList<>();
        for (String method : List.of(
                "server/discover", "tools/list", "resources/list", "resources/templates/list", "prompts/list")) {
            messages.add(new Request(method, "", ""));
        }
        mesh.tools()
                .all()
                .forEach(tool -> messages.add(new Request(
                        "tools/call",
                        tool.name(),
                        "\"name\":\"" + tool.name() + "\",\"arguments\":{\"id\":\"" + contextId + "\",\"text\":\""
                                + MARKER + "\"},")));
        messages.add(new Request("resources/read", "acme://" + MARKER, "\"uri\":\"acme://" + MARKER + "\","));
        messages.add(new Request("prompts/get", "ask", "\"name\":\"ask\","));
        messages.add(new Request(
                "completion/complete",
                "",
                "\"ref\":{\"type\":\"ref/prompt\",\"name\":\"ask\"},\"argument\":{\"name\":\"a\",\"value\":\"\"},"));
        return messages;
    }

    // ---- sending

    private static HttpResponse<String> send(String method, String path, String secret)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.uri().resolve(path));
        if (!secret.isEmpty()) {
            request.header("X-API-Key", secret);
        }
        boolean body = Set.of("POST", "PUT", "PATCH").contains(method);
        if (body) {
            request.header("Content-Type", "application/json");
        }
        request.method(method, body ? BodyPublishers.ofString("{}") : BodyPublishers.noBody());
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private static HttpResponse<String> mcp(Request message, String secret) throws IOException, InterruptedException {
        String json = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" + message.method() + "\",\"params\":{"
                + message.params() + "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
                + "\"io.modelcontextprotocol/clientCapabilities\":{}}}}";
        HttpRequest.Builder request = HttpRequest.newBuilder(server.mcpUri())
                .header("Content-Type", "application/json")
                .header("Accept", "application/json, text/event-stream")
                .header("MCP-Protocol-Version", "2026-07-28")
                .header("Mcp-Method", message.method());
        if (!message.name().isEmpty()) {
            request.header("Mcp-Name", message.name());
        }
        if (!secret.isEmpty()) {
            request.header("Authorization", "Bearer " + secret);
        }
        return http.send(request.POST(BodyPublishers.ofString(json)).build(), BodyHandlers.ofString());
    }

    private static String everythingOfAcme() throws Exception {
        Map<String, String> all = new TreeMap<>();
        for (String path : List.of("/api/v1/contexts", "/api/v1/contexts/" + contextId + "/items")) {
            all.put(path, send("GET", path, administrator).body());
        }
        Context context = mesh.contexts().get(ACME_ADMIN, contextId);
        return all + " " + context.version() + " "
                + mesh.keys().get(ACME_ADMIN, keyId).scopes();
    }

    private static String flipped(String secret) {
        char last = secret.charAt(secret.length() - 1);
        return secret.substring(0, secret.length() - 1) + (last == 'a' ? 'b' : 'a');
    }
}
