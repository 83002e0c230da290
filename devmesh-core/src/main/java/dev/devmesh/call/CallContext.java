package dev.devmesh.call;

import dev.devmesh.auth.Principal;
import dev.devmesh.event.TraceContext;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CancellationException;
import tools.jackson.databind.node.ObjectNode;

/**
 * One call, from the handler's side, but for the questions that a handler may ask: see {@link Call}.
 *
 * <p>Safe for use by many threads. Of no use after the call has ended: progress and messages are then dropped.
 */
public interface CallContext {

    /** The name of the tool or prompt, or the address of the resource. */
    String name();

    /** Who calls. */
    Principal principal();

    /** The arguments as they came; those of a tool fit its input schema. Must not be changed. */
    ObjectNode arguments();

    /** What the client said it can do. */
    Set<ClientCapability> capabilities();

    /** The trace that the call belongs to. */
    TraceContext trace();

    /** How long the call may still take; zero when its time is over. */
    Duration remaining();

    /** Whether the caller gave up or the time is over. The handler's thread is interrupted then as well. */
    boolean isCancelled();

    /**
     * Ends the call when the caller gave up or the time is over.
     *
     * @throws CancellationException if {@link #isCancelled()}
     */
    void checkCancelled();

    /** Has {@code action} run once when the caller gives up or the time is over; at once if that has happened. */
    void onCancel(Runnable action);

    /**
     * Tells the client how far the work has come. Goes out only if the client asked for it, and only when
     * {@code progress} is higher than before; a client that reads too slowly misses some.
     *
     * @param progress how much is done
     * @param total how much there is to do
     * @param message what is being done, for people
     */
    void progress(double progress, double total, String message);

    /** {@link #progress(double, double, String)} without a message. */
    default void progress(double progress, double total) {
        progress(progress, total, "");
    }

    /**
     * Sends a message to the client's log, if the client asked for messages of this level. Never log secrets.
     *
     * @param data any value that has a JSON form
     */
    void log(LogLevel level, Object data);

    /**
     * Lets the client's connection go while the work goes on: the client comes back for the rest of the answer. Of use to work that
     * takes long, since proxies cut connections that are silent. Happens only where the client's revision of the protocol knows
     * of it (2025-11-25, over HTTP); does nothing elsewhere.
     *
     * @param comeBackAfter when the client is to come back, positive
     */
    void closeStream(Duration comeBackAfter);
}
