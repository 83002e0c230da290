package dev.devmesh;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A revision of the Model Context Protocol that is spoken here, the oldest first.
 *
 * <p>There are two kinds. In the stateless one every request names its revision and says what its client can do. In the
 * others a client does so once, by {@code initialize}, and has a session from then on.
 */
public enum Revision {
    /** Of March 2025: Streamable HTTP, batches. */
    V2025_03_26("2025-03-26"),
    /** Of June 2025: elicitation, structured results, titles; no batches. */
    V2025_06_18("2025-06-18"),
    /** Of November 2025: icons, pages to visit, streams that a client comes back to. The last one with sessions. */
    V2025_11_25("2025-11-25"),
    /** Of July 2026: the stateless one. */
    V2026_07_28("2026-07-28");

    /** All of them, the newest first. */
    private static final List<Revision> NEWEST_FIRST =
            Arrays.stream(values()).sorted((one, other) -> other.compareTo(one)).toList();

    private final String date;

    Revision(String date) {
        this.date = date;
    }

    /** As it is written in messages, for example {@code 2025-11-25}. */
    public String date() {
        return date;
    }

    /** Whether a client of this revision has a session. */
    public boolean hasSessions() {
        return this != V2026_07_28;
    }

    /** Whether this revision is that one or a later one. */
    public boolean isAtLeast(Revision other) {
        return compareTo(other) >= 0;
    }

    /** Whether several messages may come as one. */
    public boolean hasBatches() {
        return this == V2025_03_26;
    }

    /** The revision of this date, if it is spoken here. */
    public static Optional<Revision> of(String date) {
        return NEWEST_FIRST.stream().filter(known -> known.date.equals(date)).findFirst();
    }

    /** The newest revision with sessions. */
    public static Revision newestWithSessions() {
        return V2025_11_25;
    }

    /** All revisions, the newest first. */
    public static List<Revision> newestFirst() {
        return NEWEST_FIRST;
    }

    @Override
    public String toString() {
        return date;
    }
}
