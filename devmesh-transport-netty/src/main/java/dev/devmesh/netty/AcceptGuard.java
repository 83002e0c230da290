package dev.devmesh.netty;

import dev.devmesh.ErrorCode;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Makes sure that an MCP client takes the answer: after a POST in both its forms, since only the tool decides which one it is;
 * after a GET an event stream.
 *
 * <p>No Accept header means any form, as HTTP has it, and so does the range {@code *}{@code /*}; {@code application/*} does
 * for a POST.
 */
final class AcceptGuard implements Guard {

    private static final String STREAM = "text/event-stream";
    private static final String USUAL = "application/json, " + STREAM;
    private static final Pattern NOTHING = Pattern.compile("q=0(\\.0{0,3})?");

    @Override
    public Optional<Rejection> check(RequestHead head) {
        boolean post = head.method().equals(HttpMethod.POST);
        if (!head.endpoint().orElseThrow().speaksMcp()
                || !post && !head.method().equals(HttpMethod.GET)) {
            return Optional.empty();
        }
        String first = head.headers().get(HttpHeaderNames.ACCEPT);
        if (first == null || first.equals(USUAL)) {
            return Optional.empty();
        }
        String all = head.repeats(HttpHeaderNames.ACCEPT)
                ? String.join(",", head.headers().getAll(HttpHeaderNames.ACCEPT))
                : first;
        if (takes(all, post)) {
            return Optional.empty();
        }
        return Optional.of(
                post
                        ? Rejection.of(
                                ErrorCode.NOT_ACCEPTABLE,
                                "The answer may be JSON or an event stream, and the client does not accept both.",
                                "Send Accept: " + USUAL + ".")
                        : Rejection.of(
                                ErrorCode.NOT_ACCEPTABLE,
                                "The answer is an event stream, and the client does not accept that.",
                                "Send Accept: " + STREAM + "."));
    }

    private static boolean takes(String accept, boolean both) {
        boolean json = false;
        boolean stream = false;
        for (String range : accept.toLowerCase(Locale.ROOT).split(",")) {
            int parameters = range.indexOf(';');
            String type = (parameters < 0 ? range : range.substring(0, parameters)).trim();
            if (parameters >= 0 && isExcluded(range.substring(parameters + 1))) {
                continue;
            }
            switch (type) {
                case "*/*" -> {
                    return true;
                }
                case "application/*" -> {
                    if (both) {
                        return true;
                    }
                }
                case "application/json" -> json = true;
                case STREAM, "text/*" -> stream = true;
                default -> {}
            }
        }
        return stream && (json || !both);
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
