package dev.devmesh.resource;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/** The characters of RFC 3986, and what an address of a resource must look like. */
final class UriSyntax {

    /** The most characters of an address or of a template. */
    static final int MAX_LENGTH = 2_048;

    private static final String RESERVED = ":/?#[]@!$&'()*+,;=";
    private static final char[] HEX = "0123456789ABCDEF".toCharArray();

    private UriSyntax() {}

    /** What is wrong with an address, to go on a sentence that names it; empty if it is a URI with a scheme. */
    static Optional<String> problem(String uri) {
        if (uri.length() > MAX_LENGTH) {
            return Optional.of("is longer than " + MAX_LENGTH + " characters");
        }
        int colon = uri.indexOf(':');
        if (!isScheme(uri, colon)) {
            return Optional.of("must begin with a scheme such as https: or farm:");
        }
        if (colon + 1 == uri.length()) {
            return Optional.of("has nothing after its scheme");
        }
        boolean fragment = false;
        for (int i = colon + 1; i < uri.length(); i++) {
            char c = uri.charAt(i);
            if (c == '%' && !isTriplet(uri, i)) {
                return Optional.of("has a '%' without two hexadecimal digits behind it");
            }
            if (c == '#' && fragment) {
                return Optional.of("has a '#' twice");
            }
            fragment |= c == '#';
            if (c != '%' && !isUnreserved(c) && !isReserved(c)) {
                return Optional.of("holds a character that must be percent-encoded");
            }
        }
        return Optional.empty();
    }

    private static boolean isScheme(String uri, int end) {
        if (end < 1 || !isLetter(uri.charAt(0))) {
            return false;
        }
        for (int i = 1; i < end; i++) {
            char c = uri.charAt(i);
            if (!isLetter(c) && !isDigit(c) && c != '+' && c != '-' && c != '.') {
                return false;
            }
        }
        return true;
    }

    static boolean isLetter(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
    }

    static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    static boolean isUnreserved(char c) {
        return isLetter(c) || isDigit(c) || c == '-' || c == '.' || c == '_' || c == '~';
    }

    static boolean isReserved(char c) {
        return RESERVED.indexOf(c) >= 0;
    }

    /** Whether a percent sign and two hexadecimal digits begin here. */
    static boolean isTriplet(CharSequence text, int at) {
        return text.charAt(at) == '%'
                && at + 2 < text.length()
                && Character.digit(text.charAt(at + 1), 16) >= 0
                && Character.digit(text.charAt(at + 2), 16) >= 0
                && text.charAt(at + 1) < 0x80
                && text.charAt(at + 2) < 0x80;
    }

    /**
     * Percent-encodes what may not stand for itself.
     *
     * @param keepReserved whether reserved characters and what is encoded already stay as they are
     */
    static String encode(String text, boolean keepReserved) {
        StringBuilder out = new StringBuilder(text.length() + 16);
        int plain = 0;
        for (int i = 0; i < text.length(); ) {
            char c = text.charAt(i);
            boolean kept = isUnreserved(c) || keepReserved && (isReserved(c) || isTriplet(text, i));
            if (kept) {
                i++;
                continue;
            }
            out.append(text, plain, i);
            int next = i + Character.charCount(text.codePointAt(i));
            for (byte b : text.substring(i, next).getBytes(StandardCharsets.UTF_8)) {
                out.append('%').append(HEX[(b >> 4) & 0xf]).append(HEX[b & 0xf]);
            }
            i = next;
            plain = next;
        }
        return plain == 0 ? text : out.append(text, plain, text.length()).toString();
    }

    /** What percent-encoding stands for; empty where it is not UTF-8. */
    static Optional<String> decode(String text) {
        if (text.indexOf('%') < 0) {
            return Optional.of(text);
        }
        byte[] bytes = new byte[text.length()];
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%') {
                bytes[length++] = (byte) Integer.parseInt(text, i + 1, i + 3, 16);
                i += 2;
            } else {
                bytes[length++] = (byte) c;
            }
        }
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, 0, length))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /** The same address with the digits of every percent-encoding in upper case, as RFC 3986 has it for comparisons. */
    static String upperCaseTriplets(String uri) {
        if (uri.indexOf('%') < 0) {
            return uri;
        }
        StringBuilder out = new StringBuilder(uri);
        for (int i = 0; i + 2 < out.length(); i++) {
            if (out.charAt(i) == '%') {
                out.replace(i + 1, i + 3, out.substring(i + 1, i + 3).toUpperCase(Locale.ROOT));
                i += 2;
            }
        }
        return out.toString();
    }
}
