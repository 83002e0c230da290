package dev.devmesh.netty;

import dev.devmesh.ErrorCode;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Makes sure that an MCP client takes both forms of an answer, since only the tool decides which one it is.
 *
 * <p>No Accept header means any form, as HTTP has it; so do the ranges {@code *}{@code /*} and {@code application/*}.
 */
final class AcceptGuard implements Guard {

    private static final String USUAL = "application/json, text/event-stream";
    private static final Pattern NOTHING = Pattern.compile("q=0(\\.0{0,3})?");

    @Override
    public Optional<Rejection> check(RequestHead head) {
        if (!head.endpoint().orElseThrow().speaksMcp() || !head.method().equals(HttpMethod.POST)) {
            return Optional.empty();
        }
        String first = head.headers().get(HttpHeaderNames.ACCEPT);
        if (first == null || first.equals(USUAL)) {
            return Optional.empty();
        }
        String all = head.repeats(HttpHeaderNames.ACCEPT)
                ? String.join(",", head.headers().getAll(HttpHeaderNames.ACCEPT))
                : first;
        return takesBoth(all)
                ? Optional.empty()
                : Optional.of(Rejection.of(
                        ErrorCode.NOT_ACCEPTABLE,
                        "The answer may be JSON or an event stream, and the client does not accept both.",
                        "Send Accept: " + USUAL + "."));
    }

    private static boolean takesBoth(String accept) {
        boolean json = false;
        boolean stream = false;
        for (String range : accept.toLowerCase(Locale.ROOT).split(",")) {
            int parameters = range.indexOf(';');
            String type = (parameters < 0 ? range : range.substring(0, parameters)).trim();
            if (parameters >= 0 && isExcluded(range.substring(parameters + 1))) {
                continue;
            }
            switch (type) {
                case "*/*", "application/*" -> {
                    return true;
                }
                case "application/json" -> json = true;
                case "text/event-stream", "text/*" -> stream = true;
                default -> {}
            }
        }
        return json && stream;
    }

    private static boolean isExcluded(String parameters) {
        for (String parameter : parameters.split(";")) {
            if (NOTHING.matcher(parameter.trim()).matches()) {
                return true;
            }
        }
        return false;
    }
}
