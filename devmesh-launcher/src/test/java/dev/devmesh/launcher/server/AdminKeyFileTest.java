package dev.devmesh.launcher.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.devmesh.launcher.exit.ExitCode;
import dev.devmesh.launcher.exit.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdminKeyFileTest {

    @TempDir
    Path temporary;

    private Path data;
    private Path file;

    @BeforeEach
    void inADirectoryThatDoesNotExist() {
        data = temporary.resolve("parent/data");
        file = data.resolve("admin-key");
    }

    @Test
    void mintsOnceAndReadsBackAfterwards() throws IOException {
        AdminKey first = new AdminKeyFile(data).readOrMint(() -> "key-one");
        AdminKey second = new AdminKeyFile(data).readOrMint(() -> "key-two");

        assertThat(first.secret().reveal()).isEqualTo("key-one");
        assertThat(first.minted()).isTrue();
        assertThat(first.file()).isEqualTo(Optional.of(file));
        assertThat(second.secret().reveal()).isEqualTo("key-one");
        assertThat(second.minted()).isFalse();
        assertThat(file).hasContent("key-one\n");
        try (Stream<Path> files = Files.list(data)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void onlyTheOwnerMayReadFileAndDirectory() throws IOException {
        new AdminKeyFile(data).readOrMint(() -> "key");

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data)))
                .isEqualTo("rwx------");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r--r--", "rw-rw----", "rw-----w-", "rwx------"})
    void aFileThatIsOpenToOthersIsRefused(String permissions) throws IOException {
        Files.createDirectories(data);
        Files.writeString(file, "key");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));

        assertThatThrownBy(() -> new AdminKeyFile(data).readOrMint(() -> "other"))
                .isInstanceOfSatisfying(Failure.class, failure -> {
                    assertThat(failure.exitCode()).isEqualTo(ExitCode.RUNTIME);
                    assertThat(failure.line())
                            .isEqualTo(file + " holds the administrator's key and has mode " + permissions
                                    + " where rw------- is right; fix: chmod 600 " + file);
                });
    }

    @Test
    void aFileOfOneKeyWithoutLineBreakOrReadOnlyIsFine() throws IOException {
        Files.createDirectories(data);
        Files.writeString(file, "key");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));

        assertThat(new AdminKeyFile(data).readOrMint(() -> "other").secret().reveal())
                .isEqualTo("key");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "two keys", "line\nline"})
    void aFileThatHoldsNoKeyIsRefusedAndKept(String content) throws IOException {
        Files.createDirectories(data);
        Files.writeString(file, content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));

        assertThatThrownBy(() -> new AdminKeyFile(data).readOrMint(() -> "other"))
                .hasMessage(file + " holds no key");
        assertThat(file).hasContent(content);
    }

    @Test
    void aDirectoryThatCannotBeMadeIsNamedWithTheCure() throws IOException {
        Files.writeString(temporary.resolve("parent"), "a file");

        assertThatThrownBy(() -> new AdminKeyFile(data).readOrMint(() -> "key"))
                .isInstanceOfSatisfying(
                        Failure.class,
                        failure -> assertThat(failure.line())
                                .contains("cannot be kept in " + file)
                                .endsWith(
                                        "set data_dir to a directory that this user may write, or set DEVMESH_ADMIN_KEY"));
    }

    @Test
    void serversThatStartAtOnceAgreeOnOneKey() throws InterruptedException, ExecutionException {
        int servers = 8;
        AtomicInteger minted = new AtomicInteger();
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService threads = Executors.newFixedThreadPool(servers);
        try {
            Set<Future<AdminKey>> keys = new HashSet<>();
            for (int i = 0; i < servers; i++) {
                keys.add(threads.submit(() -> {
                    start.await();
                    return new AdminKeyFile(data).readOrMint(() -> "key-" + minted.incrementAndGet());
                }));
            }
            start.countDown();
            Set<String> secrets = new HashSet<>();
            int made = 0;
            for (Future<AdminKey> key : keys) {
                secrets.add(key.get().secret().reveal());
                made += key.get().minted() ? 1 : 0;
            }
            assertThat(secrets).hasSize(1);
            assertThat(made).isEqualTo(1);
        } finally {
            threads.shutdownNow();
        }
    }
}
