package dev.devmesh.netty.testing;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
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
        ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new ResourceLeakDetectorFactory() {
            @Override
            @Deprecated
            public <T> ResourceLeakDetector<T> newResourceLeakDetector(
                    Class<T> resource, int interval, long maxActive) {
                return new ReportingLeakDetector<>(resource, interval);
            }

            @Override
            public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> resource, int interval) {
                return new ReportingLeakDetector<>(resource, interval);
            }
        });
    }

    static void report(String leak) {
        REPORTS.add(leak);
    }

    /** Fails if a buffer was found to leak since the last time. */
    static void assertNone() {
        // A report needs a collection that finds the buffer and then another buffer to be made.
        for (int round = 0; round < 2; round++) {
            collectGarbage();
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

    /** Returns when an object that was garbage before is known to be, or after a second. */
    private static void collectGarbage() {
        ReferenceQueue<Object> found = new ReferenceQueue<>();
        WeakReference<Object> garbage = new WeakReference<>(new Object(), found);
        try {
            System.gc();
            found.remove(1_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            Reference.reachabilityFence(garbage);
        }
    }
}
