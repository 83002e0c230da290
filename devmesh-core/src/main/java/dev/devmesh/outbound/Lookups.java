package dev.devmesh.outbound;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Looks names up within a time. The system's resolver can neither be given a time nor be interrupted, so it runs on threads of its own,
 * a bounded number: when all of them hang, further look-ups are refused at once. Safe for use by many threads.
 */
final class Lookups implements AutoCloseable {

    private static final int THREADS = 32;

    private final Resolver resolver;
    private final ThreadPoolExecutor threads;

    Lookups(Resolver resolver) {
        this.resolver = resolver;
        this.threads = new ThreadPoolExecutor(0, THREADS, 5, TimeUnit.SECONDS, new SynchronousQueue<>(), work -> {
            Thread thread = new Thread(work, "devmesh-outbound-lookup");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** All addresses of the target's host, at least one. */
    List<InetAddress> of(Target target, long deadlineNanos) {
        if (target.host().address().isPresent()) {
            return List.of(target.host().address().get());
        }
        Future<List<InetAddress>> answer;
        try {
            answer = threads.submit(
                    () -> List.copyOf(resolver.resolve(target.host().ascii())));
        } catch (RejectedExecutionException e) {
            throw Refusals.busy(target.given());
        }
        try {
            List<InetAddress> addresses = answer.get(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (addresses.isEmpty()) {
                throw Refusals.unknownHost(target, null);
            }
            return addresses;
        } catch (TimeoutException e) {
            throw Refusals.timeout(target.given(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Refusals.interrupted(target.given(), e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownHostException unknown) {
                throw Refusals.unknownHost(target, unknown);
            }
            throw new IllegalStateException("the resolver failed", e.getCause());
        } finally {
            answer.cancel(true);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
