package dev.devmesh.netty;

import static org.assertj.core.api.Assumptions.assumeThat;

import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What this process holds now: threads of meshes, file descriptors, and memory, of the heap what a collection leaves. */
record Resources(long threads, long files, long directMemory, long heap) {

    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    static void assumeCountable() {
        assumeThat(Files.isDirectory(DESCRIPTORS))
                .as("file descriptors can be counted")
                .isTrue();
    }

    static Resources now() throws IOException {
        long threads = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("devmesh-"))
                .count();
        long jdk = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
        System.gc();
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        try (Stream<Path> open = Files.list(DESCRIPTORS)) {
            return new Resources(threads, open.count(), jdk + Math.max(0, PlatformDependent.usedDirectMemory()), heap);
        }
    }
}
