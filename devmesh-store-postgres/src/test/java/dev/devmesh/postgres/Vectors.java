package dev.devmesh.postgres;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/** The extension {@code vector} for the tests' own server, as {@code scripts/pgvector} builds it. */
final class Vectors {

    private Vectors() {}

    /** Puts it where this server looks for extensions, if it was built. */
    static void install(Connection connection) throws SQLException {
        Path built = built();
        if (built == null) {
            return;
        }
        Path libraries = Path.of(setting(connection, "PKGLIBDIR"));
        Path extensions = Path.of(setting(connection, "SHAREDIR"), "extension");
        try (var files = Files.list(built)) {
            for (Path file : files.toList()) {
                boolean isLibrary = file.toString().endsWith(".so");
                copy(file, (isLibrary ? libraries : extensions).resolve(file.getFileName()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The folder is unpacked once for all test runs of a machine, so another one may be using the file right now. */
    private static void copy(Path from, Path to) throws IOException {
        if (Files.exists(to) && Files.mismatch(from, to) < 0) {
            return;
        }
        Path part = Files.createTempFile(to.getParent(), "vector", ".part");
        Files.copy(from, part, StandardCopyOption.REPLACE_EXISTING);
        part.toFile().setReadable(true, false);
        Files.move(part, to, StandardCopyOption.ATOMIC_MOVE);
    }

    private static @Nullable Path built() {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            Path built = folder.resolve(".cache").resolve("pgvector");
            if (Files.exists(built.resolve("vector.so"))) {
                return built;
            }
        }
        return null;
    }

    private static String setting(Connection connection, String name) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT setting FROM pg_config WHERE name = '" + name + "'")) {
            row.next();
            return row.getString(1);
        }
    }
}
