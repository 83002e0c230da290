package dev.devmesh.mcp;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A request that is under way; what is said to it before its work has begun is said to the work when it begins. */
final class OpenRequest implements McpCall {

    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable McpCall work;
    private @Nullable String cancelled;
    private @Nullable String disconnected;
    private boolean finishing;

    /** The work has begun. */
    void begun(McpCall call) {
        String why;
        String gone;
        boolean finish;
        lock.lock();
        try {
            work = call;
            why = cancelled;
            gone = disconnected;
            finish = finishing;
        } finally {
            lock.unlock();
        }
        if (why != null) {
            call.cancel(why);
        } else if (gone != null) {
            call.disconnected(gone);
        } else if (finish) {
            call.finish();
        }
    }

    @Override
    public void cancel(String reason) {
        McpCall call;
        lock.lock();
        try {
            cancelled = reason;
            call = work;
        } finally {
            lock.unlock();
        }
        if (call != null) {
            call.cancel(reason);
        }
    }

    @Override
    public void disconnected(String reason) {
        McpCall call;
        lock.lock();
        try {
            disconnected = reason;
            call = work;
        } finally {
            lock.unlock();
        }
        if (call != null) {
            call.disconnected(reason);
        }
    }

    @Override
    public void finish() {
        McpCall call;
        lock.lock();
        try {
            finishing = true;
            call = work;
        } finally {
            lock.unlock();
        }
        if (call != null) {
            call.finish();
        }
    }
}
