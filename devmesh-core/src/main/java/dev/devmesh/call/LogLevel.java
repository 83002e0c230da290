package dev.devmesh.call;

import java.util.Locale;
import java.util.Optional;

/** How serious a message to the client is, as in RFC 5424, from the least to the most. */
public enum LogLevel {
    /** Details for whoever debugs. */
    DEBUG,
    /** The normal course of things. */
    INFO,
    /** Normal, and worth a look. */
    NOTICE,
    /** Something may be wrong. */
    WARNING,
    /** Something failed. */
    ERROR,
    /** A part does not work. */
    CRITICAL,
    /** Somebody must act at once. */
    ALERT,
    /** Nothing works. */
    EMERGENCY;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    /** The level as it travels, for example {@code info}. */
    public String wireName() {
        return wireName;
    }

    /** The level of this name, or empty if there is none. */
    public static Optional<LogLevel> ofWireName(String name) {
        for (LogLevel level : values()) {
            if (level.wireName.equals(name)) {
                return Optional.of(level);
            }
        }
        return Optional.empty();
    }
}
