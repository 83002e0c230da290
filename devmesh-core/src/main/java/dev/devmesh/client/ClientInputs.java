package dev.devmesh.client;

import dev.devmesh.Revision;
import dev.devmesh.call.ClientCapability;
import dev.devmesh.json.Json;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What this client can be asked for while a request is served, and how it answers.
 *
 * @param form fills in forms, if someone does
 * @param url opens pages, if someone does
 * @param sampling asks a language model, if there is one
 * @param roots the folders, if they are told
 */
record ClientInputs(
        Optional<Function<FormQuestion, ElicitationAnswer>> form,
        Optional<Function<UrlQuestion, ElicitationAnswer>> url,
        Optional<Function<SamplingQuestion, SamplingAnswer>> sampling,
        Optional<List<Root>> roots) {

    /** What is declared with each request: exactly what {@link #answer} can answer. */
    ObjectNode capabilities(boolean tasks) {
        ObjectNode all = Json.object();
        if (form.isPresent() || url.isPresent()) {
            ObjectNode elicitation = all.putObject("elicitation");
            form.ifPresent(handler -> elicitation.putObject("form"));
            url.ifPresent(handler -> elicitation.putObject("url"));
        }
        sampling.ifPresent(handler -> all.putObject("sampling"));
        roots.ifPresent(list -> all.putObject("roots"));
        if (tasks) {
            ClientCapability.declare(Set.of(ClientCapability.TASKS), all);
        }
        return all;
    }

    /** What is declared once when a session begins, in the words of its revision. */
    ObjectNode capabilities(Revision revision) {
        ObjectNode all = capabilities(false);
        if (!revision.isAtLeast(Revision.V2025_06_18)) {
            all.remove("elicitation");
        } else if (!revision.isAtLeast(Revision.V2025_11_25) && all.has("elicitation")) {
            all.remove("elicitation"); // there are only forms, so none are named
            form.ifPresent(handler -> all.putObject("elicitation"));
        }
        return all;
    }

    /** Whether anything can be asked. */
    boolean any() {
        return form.isPresent() || url.isPresent() || sampling.isPresent() || roots.isPresent();
    }

    /** Whether there is a handler for requests of this method. */
    boolean canAnswer(String method) {
        return switch (method) {
            case "elicitation/create" -> form.isPresent() || url.isPresent();
            case "sampling/createMessage" -> sampling.isPresent();
            case "roots/list" -> roots.isPresent();
            default -> false;
        };
    }

    /**
     * Answers what a server asked under a key.
     *
     * @throws McpClientException if it was not declared, or is malformed
     */
    ObjectNode answer(String server, String key, JsonNode request) {
        String method = Reading.text(request, "method");
        ObjectNode params = Reading.object(request, "params").orElseGet(Json::object);
        return switch (method) {
            case "elicitation/create" -> elicit(server, key, params);
            case "sampling/createMessage" -> sample(server, key, params);
            case "roots/list" -> roots(server, key);
            default ->
                throw McpClientException.protocol(
                        server, "it asks for '" + McpClientException.quote(method) + "' while it serves a request");
        };
    }

    private ObjectNode elicit(String server, String key, ObjectNode params) {
        String mode = params.has("mode") ? Reading.text(params, "mode") : "form";
        String message = Reading.text(params, "message");
        if (mode.equals("form")) {
            ObjectNode schema = Reading.object(params, "requestedSchema")
                    .orElseThrow(() -> McpClientException.protocol(server, "a form has no schema"));
            return form.orElseThrow(() -> undeclared(server, key, "to fill in a form", "elicitation"))
                    .apply(new FormQuestion(message, schema))
                    .json();
        }
        if (mode.equals("url")) {
            URI page = page(server, Reading.text(params, "url"));
            return url.orElseThrow(() -> undeclared(server, key, "to open a page", "urlElicitation"))
                    .apply(new UrlQuestion(message, page))
                    .json();
        }
        throw McpClientException.protocol(
                server, "it asks the user in the unknown mode '" + McpClientException.quote(mode) + "'");
    }

    private static URI page(String server, String address) {
        try {
            URI page = new URI(address);
            if ("https".equals(page.getScheme()) || "http".equals(page.getScheme())) {
                return page;
            }
        } catch (URISyntaxException e) {
            throw McpClientException.protocol(server, "the page to open is not a URI", e);
        }
        throw McpClientException.protocol(server, "the page to open is neither https nor http");
    }

    private ObjectNode sample(String server, String key, ObjectNode params) {
        if (params.has("tools") || params.has("toolChoice")) {
            throw McpClientException.protocol(server, "it wants tools used in sampling, which no client here declares");
        }
        return sampling.orElseThrow(() -> undeclared(server, key, "to ask a language model", "sampling"))
                .apply(new SamplingQuestion(params))
                .json();
    }

    private ObjectNode roots(String server, String key) {
        List<Root> known = roots.orElseThrow(() -> undeclared(server, key, "to tell its roots", "roots"));
        ObjectNode json = Json.object();
        ArrayNode list = json.putArray("roots");
        for (Root root : known) {
            ObjectNode one = list.addObject().put("uri", root.uri());
            if (!root.name().isEmpty()) {
                one.put("name", root.name());
            }
        }
        return json;
    }

    private static McpClientException undeclared(String server, String key, String what, String setting) {
        return McpClientException.unable(
                server + " asks this client " + what + " (under the key '" + McpClientException.quote(key)
                        + "'), which it cannot.",
                "Register a handler with McpClient.builder(...)." + setting + "(...).");
    }
}
