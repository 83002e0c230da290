package dev.devmesh.netty.testing;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Buffers that became garbage without having been released, as Netty's leak detector reports them. */
final class BufferLeaks {

    private static final ConcurrentLinkedQueue<String> REPORTS = new ConcurrentLinkedQueue<>();

    private BufferLeaks() {}

    /** Looks at every buffer from now on. Has no effect on kinds of buffers that this JVM has used before. */
    static void watch() {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        ResourceLeakDetectorFactory usual = ResourceLeakDetectorFactory.instance();
        ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new ResourceLeakDetectorFactory() {
            @Override
            @Deprecated
            public <T> ResourceLeakDetector<T> newResourceLeakDetector(
                    Class<T> resource, int interval, long maxActive) {
                return listening(new ResourceLeakDetector<>(resource, interval));
            }

            @Override
            public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> resource, int interval) {
                return listening(usual.newResourceLeakDetector(resource, interval));
            }
        });
    }

    /** Fails if a buffer was found to leak since the last time. */
    static void assertNone() {
        // A report needs a collection that finds the buffer and then another buffer to be made.
        for (int i = 0; i < 3; i++) {
            System.gc();
            PooledByteBufAllocator.DEFAULT.directBuffer(1).release();
        }
        List<String> found = new ArrayList<>();
        for (String report = REPORTS.poll(); report != null; report = REPORTS.poll()) {
            found.add(report);
        }
        if (!found.isEmpty()) {
            throw new AssertionError(found.size() + " buffers were not released:\n" + String.join("\n", found));
        }
    }

    private static <T> ResourceLeakDetector<T> listening(ResourceLeakDetector<T> detector) {
        detector.setLeakListener((type, records) -> REPORTS.add(type + ": " + records));
        return detector;
    }
}
