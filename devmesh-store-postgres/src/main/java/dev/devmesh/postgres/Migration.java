package dev.devmesh.postgres;

import dev.devmesh.text.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One step of the schema: a file {@code V0001__name.sql} in the jar. Once released it never changes.
 *
 * @param version 1 for the first, one more for each next
 * @param name the file's name
 * @param sql its text, with line ends as {@code \n}
 * @param checksum the SHA-256 of that
 */
record Migration(int version, String name, String sql, String checksum) {

    private static final Pattern NAME = Pattern.compile("V([0-9]{4})__[a-z0-9_]+\\.sql");
    private static final String INDEX = "index.txt";

    /** All of them, in their order. */
    static List<Migration> all() {
        List<Migration> all = new ArrayList<>();
        for (String name : resource("migrations/" + INDEX).split("\n")) {
            Matcher parts = NAME.matcher(name);
            if (!parts.matches() || Integer.parseInt(parts.group(1)) != all.size() + 1) {
                throw new IllegalStateException(
                        "migrations/" + INDEX + ": " + name + " is not number " + (all.size() + 1));
            }
            String sql = resource("migrations/" + name);
            all.add(new Migration(all.size() + 1, name, sql, Sha256.hex(sql)));
        }
        return all;
    }

    /** The text of a file of this package, with line ends as {@code \n}. */
    static String resource(String file) {
        try (InputStream in = Migration.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("the jar of the PostgreSQL store lacks " + file);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
        } catch (IOException e) {
            throw new IllegalStateException("the jar of the PostgreSQL store cannot be read", e);
        }
    }
}
