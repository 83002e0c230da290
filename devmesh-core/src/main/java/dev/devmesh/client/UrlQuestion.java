package dev.devmesh.client;

import java.net.URI;
import java.util.Objects;

/**
 * A web page that a server wants the user to open. Show the whole address and ask before you open it; never fetch it yourself.
 *
 * @param message why, in the server's words
 * @param url the page; {@code http} or {@code https}
 */
public record UrlQuestion(String message, URI url) {

    /** Checks that nothing is missing. */
    public UrlQuestion {
        Objects.requireNonNull(message, "message");
        Objects.requireNonNull(url, "url");
    }
}
