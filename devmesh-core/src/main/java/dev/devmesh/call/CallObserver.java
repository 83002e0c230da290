package dev.devmesh.call;

import java.time.Duration;

/**
 * Hears what a tool says while it works. Calls come one at a time, and none after the call has ended.
 */
public interface CallObserver {

    /** Hears nothing. */
    CallObserver NONE = new CallObserver() {
        @Override
        public void progress(double progress, double total, String message) {}

        @Override
        public void log(LogLevel level, String name, Object data) {}
    };

    /** The work has come further than ever before in this call. */
    void progress(double progress, double total, String message);

    /** The tool has something to say. */
    void log(LogLevel level, String name, Object data);

    /**
     * The client is to come back later for the rest.
     *
     * @param comeBackAfter when it is to do so
     */
    default void closeStream(Duration comeBackAfter) {}
}
