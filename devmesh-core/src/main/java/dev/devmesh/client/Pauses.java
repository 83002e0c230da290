package dev.devmesh.client;

import java.util.concurrent.locks.ReentrantLock;

/** How long handlers on this side have kept the server waiting, all in all. Those that run together count once. */
final class Pauses {

    private final ReentrantLock lock = new ReentrantLock();
    private int running;
    private long begun;
    private long past;

    void begin() {
        lock.lock();
        try {
            if (running++ == 0) {
                begun = System.nanoTime();
            }
        } finally {
            lock.unlock();
        }
    }

    void end() {
        lock.lock();
        try {
            if (--running == 0) {
                past += System.nanoTime() - begun;
            }
        } finally {
            lock.unlock();
        }
    }

    boolean areRunning() {
        lock.lock();
        try {
            return running > 0;
        } finally {
            lock.unlock();
        }
    }

    long totalNanos() {
        lock.lock();
        try {
            return running > 0 ? past + System.nanoTime() - begun : past;
        } finally {
            lock.unlock();
        }
    }
}
