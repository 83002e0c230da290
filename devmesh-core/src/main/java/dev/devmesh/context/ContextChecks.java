package dev.devmesh.context;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.json.Json;
import dev.devmesh.text.Utf8;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Holds what callers give against {@link ContextLimits}, and against what every store can keep. */
final class ContextChecks {

    private static final Duration SHORTEST_LIFE = Duration.ofMillis(1);
    private static final int MOST_WANTED_MEMBERS = 10;

    // What every database can compare with, and what RFC 3339 can write.
    private static final Instant FIRST_TIME = Instant.parse("0001-01-01T00:00:00Z");
    private static final Instant LAST_TIME = Instant.parse("9999-12-31T23:59:59.999999Z");

    private final ContextLimits limits;

    ContextChecks(ContextLimits limits) {
        this.limits = limits;
    }

    void check(NewContext context) {
        name("The name of a context", context.name());
        agent(context.agent());
        metadata("The metadata of a context", context.metadata());
        maxTokens(context.maxTokens());
        life(context.expiresIn());
    }

    private static void maxTokens(int tokens) {
        if (tokens < 0) {
            throw invalid("maxTokens must be at least 0, is " + tokens + ".", "Use 0 for any number of tokens.");
        }
    }

    private void life(Duration life) {
        if (!life.isZero() && (life.compareTo(SHORTEST_LIFE) < 0 || life.compareTo(limits.longestLife()) > 0)) {
            throw invalid(
                    "A context cannot expire in " + life + ".",
                    "Use " + SHORTEST_LIFE + " to " + limits.longestLife() + ", or zero for a context that stays.");
        }
    }

    void check(ContextChange change) {
        change.name().ifPresent(name -> name("The name of a context", name));
        change.agent().ifPresent(this::agent);
        change.metadata().ifPresent(metadata -> metadata("The metadata of a context", metadata));
        change.maxTokens().ifPresent(ContextChecks::maxTokens);
        change.expiresIn().ifPresent(this::life);
    }

    void check(List<Item> items) {
        if (items.isEmpty() || items.size() > limits.itemsPerAppend()) {
            throw invalid(
                    "An append takes 1 to " + limits.itemsPerAppend() + " items, not " + items.size() + ".",
                    items.isEmpty() ? "Give at least one item." : "Append them in several calls.");
        }
        for (int i = 0; i < items.size(); i++) {
            Item item = items.get(i);
            String what = items.size() == 1 ? "The content of the item" : "The content of item " + (i + 1);
            long bytes = Utf8.length(item.content());
            if (bytes > limits.contentBytes()) {
                throw invalid(
                        what + " has " + bytes + " bytes; at most " + limits.contentBytes() + " are allowed.",
                        "Split it into several items, or store a summary.");
            }
            storable(what, item.content());
            metadata(what.replace("content", "metadata"), item.metadata());
        }
    }

    void check(Search search) {
        if (search.text().isBlank()) {
            throw invalid("The text of a search is empty.", "Say what to look for, in words.");
        }
        if (search.text().length() > limits.questionCharacters()) {
            throw invalid(
                    "The text of a search has " + search.text().length() + " characters; at most "
                            + limits.questionCharacters() + " are allowed.",
                    "Ask with fewer words.");
        }
        storable("The text of a search", search.text());
        limit("The limit of a search", search.limit(), Search.MAX_LIMIT);
        check(search.filter());
    }

    private void check(ItemFilter filter) {
        name("The agent of a search", filter.agent());
        ObjectNode members = filter.metadata();
        metadata("The metadata of a search", members);
        if (members.size() > ItemFilter.MAX_MEMBERS) {
            throw invalid(
                    "The metadata of a search have " + members.size() + " members; at most " + ItemFilter.MAX_MEMBERS
                            + " are allowed.",
                    "Ask for those that distinguish most.");
        }
        if (members.valueStream().anyMatch(JsonNode::isContainer)) {
            throw invalid(
                    "The metadata of a search have an object or an array as a value.",
                    "Ask for strings, numbers, booleans and null only.");
        }
    }

    void check(Listing listing) {
        check(listing.filter());
        limit("The limit of a listing", listing.limit(), Listing.MAX_LIMIT);
    }

    private void check(ContextFilter filter) {
        name("The agent to list", filter.agent());
        name("The name to list", filter.name());
        Stream.of(filter.createdFrom(), filter.createdUntil(), filter.updatedFrom(), filter.updatedUntil())
                .flatMap(Optional::stream)
                .forEach(ContextChecks::time);
        ObjectNode metadata = filter.metadata();
        metadata("The metadata to list", metadata);
        if (metadata.size() > MOST_WANTED_MEMBERS) {
            throw invalid(
                    "A listing asks for " + metadata.size() + " members of the metadata; at most " + MOST_WANTED_MEMBERS
                            + " are allowed.",
                    "Ask for fewer.");
        }
        for (JsonNode wanted : metadata) {
            if (wanted.isContainer()) {
                throw invalid(
                        "A listing can ask only for members of the metadata that are strings, numbers, booleans or null.",
                        "Keep what contexts are listed by at the top level of their metadata.");
            }
        }
    }

    void check(Compaction compaction) {
        compaction.keepItems().ifPresent(items -> atLeast("The number of items to keep", items, 0));
        compaction.keepTokens().ifPresent(tokens -> atLeast("The number of tokens to keep", tokens, 0));
        compaction.summaryTokens().ifPresent(tokens -> atLeast("The number of tokens of a summary", tokens, 1));
    }

    /** The agent of a context, or of those to be erased. */
    void agent(String name) {
        name("The agent of a context", name);
    }

    void itemsLimit(int limit) {
        limit("The limit of items", limit, limits.itemsPerPage());
    }

    static MeshException invalid(String message, String fix) {
        return new MeshException(ErrorCode.INVALID_VALUE, message, fix);
    }

    private static void limit(String what, int value, int max) {
        if (value < 1 || value > max) {
            throw invalid(what + " must be 1 to " + max + ", is " + value + ".", "");
        }
    }

    private static void atLeast(String what, long value, long least) {
        if (value < least) {
            throw invalid(what + " must be at least " + least + ", is " + value + ".", "");
        }
    }

    private static void time(Instant time) {
        if (time.isBefore(FIRST_TIME) || time.isAfter(LAST_TIME)) {
            throw invalid("A time to list by is not in the years 1 to 9999.", "Leave out the bound that is none.");
        }
    }

    private void name(String what, String value) {
        int characters = value.codePointCount(0, value.length());
        if (characters > limits.nameCharacters()) {
            throw invalid(
                    what + " has " + characters + " characters; at most " + limits.nameCharacters() + " are allowed.",
                    "Shorten it, or put the long form into the metadata.");
        }
        storable(what, value);
    }

    private void metadata(String what, ObjectNode metadata) {
        if (metadata.isEmpty()) {
            return;
        }
        plain(what, metadata, 1);
        int bytes = Json.bytes(metadata).length;
        if (bytes > limits.metadataBytes()) {
            throw invalid(
                    what + " has " + bytes + " bytes of JSON; at most " + limits.metadataBytes() + " are allowed.",
                    "Put what is long into the content of an item.");
        }
    }

    private static void plain(String what, JsonNode value, int depth) {
        if (depth > Json.MAX_DEPTH) {
            throw invalid(what + " is nested deeper than " + Json.MAX_DEPTH + " levels.", "Flatten it.");
        }
        switch (value.getNodeType()) {
            case OBJECT -> {
                for (Map.Entry<String, JsonNode> member : value.properties()) {
                    storable(what, member.getKey());
                    plain(what, member.getValue(), depth + 1);
                }
            }
            case ARRAY -> {
                for (JsonNode element : value) {
                    plain(what, element, depth + 1);
                }
            }
            case STRING -> storable(what, value.stringValue());
            case NUMBER -> {
                if ((value.isDouble() || value.isFloat()) && !Double.isFinite(value.doubleValue())) {
                    throw invalid(what + " has a number that JSON cannot hold.", "Leave NaN and infinity out.");
                }
            }
            case BOOLEAN, NULL -> {
                // Nothing to find fault with.
            }
            case BINARY, MISSING, POJO ->
                throw invalid(
                        what + " has a value that is not plain JSON.",
                        "Use objects, arrays, strings, numbers, booleans and null only.");
        }
    }

    private static void storable(String what, String text) {
        if (!Utf8.isStorable(text)) {
            throw invalid(
                    what + " has a character that cannot be stored: U+0000 or half of a surrogate pair.",
                    "Remove it; binary data can be sent in Base64.");
        }
    }
}
