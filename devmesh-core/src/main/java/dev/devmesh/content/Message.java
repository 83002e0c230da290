package dev.devmesh.content;

import java.util.Locale;
import java.util.Objects;

/**
 * Something said in a conversation with a language model.
 *
 * @param speaker who says it
 * @param content what is said
 */
public record Message(Speaker speaker, Content content) {

    /** Who speaks. */
    public enum Speaker {
        /** The person, or the program in its place. */
        USER,
        /** The language model. */
        ASSISTANT;

        private final String wireName = name().toLowerCase(Locale.ROOT);

        /** The name as it travels: {@code user} or {@code assistant}. */
        public String wireName() {
            return wireName;
        }
    }

    /** Checks that nothing is missing. */
    public Message {
        Objects.requireNonNull(speaker, "speaker");
        Objects.requireNonNull(content, "content");
    }

    /** The user says a text. */
    public static Message user(String text) {
        return new Message(Speaker.USER, Content.text(text));
    }

    /** The user shows something. */
    public static Message user(Content content) {
        return new Message(Speaker.USER, content);
    }

    /** The language model says a text. */
    public static Message assistant(String text) {
        return new Message(Speaker.ASSISTANT, Content.text(text));
    }
}
