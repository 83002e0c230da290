package dev.devmesh.netty;

import io.netty.channel.EventLoop;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How the event loops of a server stand. Safe for use by many threads; what it hands out is the loop's. */
final class LoopLoads {

    private final Map<EventLoop, LoopLoad> byLoop = new ConcurrentHashMap<>();

    LoopLoad of(EventLoop loop) {
        return byLoop.computeIfAbsent(loop, key -> new LoopLoad(key, System::nanoTime));
    }
}
