package dev.devmesh.rest;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Entity tags, which are versions, and the header fields that name them. */
final class Preconditions {

    private static final Pattern TAG = Pattern.compile("(W/)?\"([\\x21\\x23-\\x7E]*)\"");

    private Preconditions() {}

    static String tag(long version) {
        return "\"" + version + "\"";
    }

    /**
     * The version that {@code If-Match} asks for; empty for any. What is no version of ours is 0, which nothing is at.
     *
     * @throws MeshException with {@link ErrorCode#INVALID_VALUE} if it is not one entity tag
     */
    static OptionalLong ifMatch(String field) {
        if (field.equals("*")) {
            return OptionalLong.empty();
        }
        Matcher tag = TAG.matcher(field);
        if (!tag.matches()) {
            throw new MeshException(
                    ErrorCode.INVALID_VALUE,
                    "If-Match is not one entity tag.",
                    "Send the ETag of the last answer as it was, quotes included, for example If-Match: \"3\".");
        }
        boolean ours = tag.group(1) == null && tag.group(2).matches("[1-9][0-9]{0,17}");
        return OptionalLong.of(ours ? Long.parseLong(tag.group(2)) : 0);
    }

    /** Whether {@code If-None-Match} names this version. */
    static boolean names(String field, long version) {
        if (field.equals("*")) {
            return true;
        }
        for (String part : field.split(",", -1)) {
            String tag = part.strip();
            if (tag.equals(tag(version)) || tag.equals("W/" + tag(version))) {
                return true;
            }
        }
        return false;
    }
}
