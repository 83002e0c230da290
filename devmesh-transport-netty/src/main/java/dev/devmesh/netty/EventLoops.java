package dev.devmesh.netty;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads of one server: one that accepts, some that read and write. They are gone when {@link #close} returns. */
final class EventLoops {

    private static final AtomicInteger SERVERS = new AtomicInteger();

    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final EventLoopGroup acceptor;
    private final EventLoopGroup workers;

    EventLoops(IoTransport transport, int workers) {
        String server = "devmesh-http-" + SERVERS.incrementAndGet();
        this.acceptor = new MultiThreadIoEventLoopGroup(1, factory(server + "-accept"), transport.handlers());
        this.workers = new MultiThreadIoEventLoopGroup(workers, factory(server + "-loop"), transport.handlers());
    }

    EventLoopGroup acceptor() {
        return acceptor;
    }

    EventLoopGroup workers() {
        return workers;
    }

    /** Whether one of them is calling. */
    boolean isOwn() {
        return threads.contains(Thread.currentThread());
    }

    /** Stops the threads and waits until they have ended. Called by one of them, it only asks them to stop. */
    void close(Duration longest) {
        long deadline = System.nanoTime() + longest.toNanos();
        acceptor.shutdownGracefully(0, longest.toMillis(), TimeUnit.MILLISECONDS);
        workers.shutdownGracefully(0, longest.toMillis(), TimeUnit.MILLISECONDS);
        if (isOwn()) {
            return;
        }
        // The groups' own futures complete a moment before their threads end, so it is the threads that are waited for.
        boolean interrupted = false;
        for (Thread thread : threads) {
            long left;
            while (thread.isAlive() && (left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())) > 0) {
                try {
                    thread.join(left);
                } catch (InterruptedException e) {
                    interrupted = true; // closing is bounded anyway: finish it, then pass the interrupt on
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private DefaultThreadFactory factory(String name) {
        return new DefaultThreadFactory(name) {
            @Override
            protected Thread newThread(Runnable task, String threadName) {
                Thread thread = super.newThread(task, threadName);
                threads.add(thread);
                return thread;
            }
        };
    }
}
