package dev.devmesh.call;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Where work that may wait runs, so many pieces of it at once: a virtual thread for each where Java has them (21 and later), else a
 * pool.
 *
 * <p>No thread is made before the first piece of work. Safe for use by many threads.
 */
public final class HandlerThreads implements Executor, AutoCloseable {

    /** How many threads the pool has at most where there are no virtual threads. */
    public static final int POOL_SIZE = 256;

    private static final @Nullable MethodHandle VIRTUAL_THREADS = findVirtualThreads();

    private final ExecutorService executor;
    private final Permits places;

    /**
     * A set of threads of its own.
     *
     * @param most how many pieces of work run at once; at least 1
     */
    public HandlerThreads(int most) {
        this.places = new Permits(capacity(most));
        this.executor = VIRTUAL_THREADS == null ? pool() : virtual(VIRTUAL_THREADS);
    }

    /** Whether each piece of work has a virtual thread of its own. */
    public static boolean areVirtual() {
        return VIRTUAL_THREADS != null;
    }

    /** How many pieces of work run at once where {@code wanted} may: the pool, where there is one, has a size of its own. */
    public static int capacity(int wanted) {
        return areVirtual() ? wanted : Math.min(wanted, POOL_SIZE);
    }

    /**
     * Runs the work on a thread where it may wait.
     *
     * @throws RejectedExecutionException if as many pieces of work run as may, or after {@link #close()}
     */
    @Override
    public void execute(Runnable work) {
        if (!places.tryTake()) {
            throw new RejectedExecutionException("all " + places.total() + " places for blocking work are taken");
        }
        boolean taken = false;
        try {
            executor.execute(() -> {
                try {
                    work.run();
                } finally {
                    places.giveBack();
                }
            });
            taken = true;
        } finally {
            if (!taken) {
                places.giveBack();
            }
        }
    }

    /** Waits for running work, then interrupts what is left. Nothing is taken any more. */
    public void close(Duration grace) {
        executor.shutdown();
        try {
            if (!executor.awaitTermination(grace.toMillis(), TimeUnit.MILLISECONDS)) {
                executor.shutdownNow();
                executor.awaitTermination(1, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            executor.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    /** {@link #close(Duration)} without waiting for running work: it is interrupted. */
    @Override
    public void close() {
        close(Duration.ZERO);
    }

    private static ExecutorService pool() {
        AtomicLong count = new AtomicLong();
        return new ThreadPoolExecutor(0, POOL_SIZE, 30, TimeUnit.SECONDS, new SynchronousQueue<>(), work -> {
            Thread thread = new Thread(work, "devmesh-call-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    private static ExecutorService virtual(MethodHandle executorOf) {
        try {
            return (ExecutorService) executorOf.invokeExact();
        } catch (Throwable e) {
            throw new IllegalStateException("virtual threads cannot be made", e);
        }
    }

    /** {@code Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name(…).factory())}, where this Java has it. */
    private static @Nullable MethodHandle findVirtualThreads() {
        try {
            MethodHandles.Lookup lookup = MethodHandles.publicLookup();
            Class<?> builder = Class.forName("java.lang.Thread$Builder");
            Class<?> ofVirtual = Class.forName("java.lang.Thread$Builder$OfVirtual");
            MethodHandle make = lookup.findStatic(Thread.class, "ofVirtual", MethodType.methodType(ofVirtual));
            MethodHandle name =
                    lookup.findVirtual(ofVirtual, "name", MethodType.methodType(ofVirtual, String.class, long.class));
            MethodHandle factory = lookup.findVirtual(builder, "factory", MethodType.methodType(ThreadFactory.class));
            MethodHandle executor = lookup.findStatic(
                    Executors.class,
                    "newThreadPerTaskExecutor",
                    MethodType.methodType(ExecutorService.class, ThreadFactory.class));
            MethodHandle named = MethodHandles.insertArguments(name, 1, "devmesh-call-", 1L);
            MethodHandle namedFactory = MethodHandles.filterReturnValue(
                    named, factory.asType(MethodType.methodType(ThreadFactory.class, ofVirtual)));
            MethodHandle made = MethodHandles.collectArguments(namedFactory, 0, make);
            return MethodHandles.filterReturnValue(made, executor);
        } catch (ReflectiveOperationException e) {
            return null; // Java 17 to 20: no virtual threads
        }
    }
}
