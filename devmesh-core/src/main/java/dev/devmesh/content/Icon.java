package dev.devmesh.content;

import java.net.URI;
import java.util.List;
import java.util.Objects;

/**
 * A picture for whoever shows the thing to a person.
 *
 * @param src an {@code https} or {@code data} URI
 * @param mimeType such as {@code image/png}, or empty
 * @param sizes such as {@code 48x48} or {@code any}; may be empty
 * @param theme {@code light}, {@code dark}, or empty for both
 */
public record Icon(URI src, String mimeType, List<String> sizes, String theme) {

    /** Checks the scheme and the theme. */
    public Icon {
        String scheme = String.valueOf(src.getScheme());
        if (!scheme.equals("https") && !scheme.equals("data")) {
            throw new IllegalArgumentException("an icon's src must be an https or data URI, is " + scheme);
        }
        if (!theme.isEmpty() && !theme.equals("light") && !theme.equals("dark")) {
            throw new IllegalArgumentException("an icon's theme must be light or dark, is '" + theme + "'");
        }
        Objects.requireNonNull(mimeType, "mimeType");
        sizes = List.copyOf(sizes);
    }

    /** An icon of any size for any theme. */
    public static Icon of(String src) {
        return new Icon(URI.create(src), "", List.of(), "");
    }
}
