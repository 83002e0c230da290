package dev.devmesh.launcher.server;

import dev.devmesh.auth.Secret;
import dev.devmesh.launcher.exit.ExitCode;
import dev.devmesh.launcher.exit.Failure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * The file that keeps the administrator's key between starts: {@code admin-key} in the data directory.
 *
 * <p>Only its owner may read it; a file that others can read is refused, for the key may be known already. The file
 * appears complete or not at all, and when two servers start at once, both use the key of the one that came first.
 */
final class AdminKeyFile {

    private static final Set<PosixFilePermission> OWNER =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]{1,1024}");
    private static final int MAX_BYTES = 4_096;

    private final Path directory;
    private final Path file;

    AdminKeyFile(Path dataDirectory) {
        this.directory = dataDirectory.toAbsolutePath().normalize();
        this.file = directory.resolve("admin-key");
    }

    /** The key in the file, if there is one. */
    Optional<AdminKey> kept() {
        try {
            return read().map(key -> new AdminKey(new Secret(key), Optional.of(file), false));
        } catch (IOException e) {
            throw unreachable(e);
        }
    }

    /** The key in the file, or a new one that is in the file from now on. */
    AdminKey readOrMint(Supplier<String> mint) {
        try {
            Optional<String> kept = read();
            if (kept.isPresent()) {
                return new AdminKey(new Secret(kept.get()), Optional.of(file), false);
            }
            String made = mint.get();
            if (write(made)) {
                return new AdminKey(new Secret(made), Optional.of(file), true);
            }
            return new AdminKey(new Secret(read().orElseThrow()), Optional.of(file), false);
        } catch (IOException e) {
            throw unreachable(e);
        }
    }

    private Failure unreachable(IOException e) {
        return new Failure(
                ExitCode.RUNTIME,
                "the administrator's key cannot be kept in " + file + " ("
                        + e.getClass().getSimpleName() + ")",
                "set data_dir to a directory that this user may write, or set DEVMESH_ADMIN_KEY",
                e);
    }

    private Optional<String> read() throws IOException {
        try {
            if (isPosix()) {
                Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
                if (!OWNER.containsAll(permissions)) {
                    throw new Failure(
                            ExitCode.RUNTIME,
                            file + " holds the administrator's key and has mode "
                                    + PosixFilePermissions.toString(permissions) + " where rw------- is right",
                            "chmod 600 " + file);
                }
            }
            if (Files.size(file) > MAX_BYTES) {
                throw unusable();
            }
            String key = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).strip();
            if (!KEY.matcher(key).matches()) {
                throw unusable();
            }
            return Optional.of(key);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private Failure unusable() {
        return new Failure(
                ExitCode.RUNTIME, file + " holds no key", "rm " + file + ", and the next start mints a new one");
    }

    /** Whether the key is in the file now; false when a file was there first. */
    private boolean write(String key) throws IOException {
        Files.createDirectories(directory, permissions("rwx------"));
        Path draft = directory.resolve("admin-key." + UUID.randomUUID());
        try {
            try (FileChannel channel = FileChannel.open(
                    draft, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), permissions("rw-------"))) {
                ByteBuffer bytes = ByteBuffer.wrap((key + "\n").getBytes(StandardCharsets.ISO_8859_1));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            return publish(draft);
        } finally {
            Files.deleteIfExists(draft);
        }
    }

    private boolean publish(Path draft) throws IOException {
        try {
            // A link, unlike a rename, never replaces the key of a server that was faster.
            Files.createLink(file, draft);
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        } catch (UnsupportedOperationException e) {
            try {
                Files.move(draft, file);
                return true;
            } catch (FileAlreadyExistsException faster) {
                return false;
            }
        }
    }

    private FileAttribute<?>[] permissions(String text) {
        return isPosix()
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(text))}
                : new FileAttribute<?>[0];
    }

    private boolean isPosix() {
        return directory.getFileSystem().supportedFileAttributeViews().contains("posix");
    }
}
