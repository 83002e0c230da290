package dev.devmesh.rest;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/** What the time of one request went to. Safe for use by many threads. */
final class Stages {

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Long> nanos = new LinkedHashMap<>();
    private String current;
    private long since = System.nanoTime();

    Stages(String first) {
        this.current = first;
    }

    void enter(String stage) {
        lock.lock();
        try {
            count();
            current = stage;
        } finally {
            lock.unlock();
        }
    }

    /** The stage that used most of the time so far, and how much. */
    String longest() {
        lock.lock();
        try {
            count();
            Map.Entry<String, Long> longest =
                    nanos.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow();
            return longest.getKey() + " ("
                    + Duration.ofNanos(longest.getValue()).toMillis() + " ms)";
        } finally {
            lock.unlock();
        }
    }

    private void count() {
        long now = System.nanoTime();
        nanos.merge(current, now - since, Long::sum);
        since = now;
    }
}
