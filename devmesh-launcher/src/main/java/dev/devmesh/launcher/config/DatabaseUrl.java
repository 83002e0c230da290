package dev.devmesh.launcher.config;

import dev.devmesh.postgres.PostgresSettings;

/** The forms in which an environment names its database. Stateless. */
final class DatabaseUrl {

    private static final String JDBC = "jdbc:";

    private DatabaseUrl() {}

    /**
     * The settings for the database of this URL.
     *
     * @throws IllegalArgumentException if it is none; without what it says, which may hold a password
     */
    static PostgresSettings settings(String url) {
        // The driver knows no user before the host: it would look the password up as part of a host's name.
        boolean namesUser = url.startsWith(JDBC) && authority(url).contains("@");
        PostgresSettings settings = PostgresSettings.of(namesUser ? url.substring(JDBC.length()) : url);
        if (!settings.url().startsWith("jdbc:postgresql://")
                || authority(settings.url()).isBlank()) {
            throw new IllegalArgumentException("The database URL names no host.");
        }
        return settings;
    }

    private static String authority(String url) {
        int begin = url.indexOf("//");
        return begin < 0 ? "" : url.substring(begin + 2).replaceFirst("[/?].*", "");
    }
}
