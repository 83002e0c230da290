package dev.devmesh.netty.testing;

import io.netty.util.ResourceLeakDetector;

/**
 * Netty's leak detector, reporting to {@link BufferLeaks} whether or not there is a log. Public for Netty, which makes it by
 * reflection where the system property {@code io.netty.customResourceLeakDetector} names it.
 *
 * <p>Safe for use by many threads.
 *
 * @param <T> what is watched
 */
public final class ReportingLeakDetector<T> extends ResourceLeakDetector<T> {

    /**
     * @param resource what is watched
     * @param samplingInterval one of how many is watched, below the level {@code PARANOID}
     */
    public ReportingLeakDetector(Class<?> resource, int samplingInterval) {
        super(resource, samplingInterval);
    }

    @Override
    protected boolean needReport() {
        return true;
    }

    @Override
    protected void reportTracedLeak(String resourceType, String records) {
        BufferLeaks.report(resourceType + ": " + records);
        super.reportTracedLeak(resourceType, records);
    }

    @Override
    protected void reportUntracedLeak(String resourceType) {
        BufferLeaks.report(resourceType);
        super.reportUntracedLeak(resourceType);
    }
}
