package dev.devmesh.netty;

import dev.devmesh.ErrorCode;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.Locale;
import java.util.Optional;

/** Lets only JSON in UTF-8 into paths that read JSON. It also keeps out what a web page may send without asking first. */
final class ContentTypeGuard implements Guard {

    private static final String JSON = "application/json";

    @Override
    public Optional<Rejection> check(RequestHead head) {
        if (!head.endpoint().orElseThrow().readsJson(head)) {
            return Optional.empty();
        }
        String value = head.headers().get(HttpHeaderNames.CONTENT_TYPE);
        boolean json = value != null
                && (value.equals(JSON) || isJson(value.toLowerCase(Locale.ROOT)))
                && !head.repeats(HttpHeaderNames.CONTENT_TYPE);
        return json
                ? Optional.empty()
                : Optional.of(Rejection.of(
                        ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                        "The body must be JSON in UTF-8.",
                        "Send Content-Type: application/json."));
    }

    private static boolean isJson(String value) {
        int end = value.indexOf(';');
        if (!(end < 0 ? value : value.substring(0, end)).trim().equals(JSON)) {
            return false;
        }
        int charset = value.indexOf("charset=");
        if (charset < 0) {
            return true;
        }
        String name =
                value.substring(charset + "charset=".length()).replace("\"", "").trim();
        return name.equals("utf-8") || name.startsWith("utf-8;") || name.startsWith("utf-8 ");
    }
}
