package dev.devmesh.launcher.server;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for SIGTERM or SIGINT. The first one asks the server to stop, which may take as long as requests are under way; the
 * second ends the process at once, with exit code 1.
 *
 * <p>A shutdown hook could do the first, but neither the exit code 0 nor the second. The JDK's signal handlers are called by
 * reflection, because a compiler for a Java release warns of the class and no option silences it.
 */
public final class StopSignal {

    private static final Logger LOG = LoggerFactory.getLogger(StopSignal.class);

    private final CompletableFuture<String> arrived = new CompletableFuture<>();

    private StopSignal() {}

    /** Begins to listen; from now on the signals no longer end the process. */
    public static StopSignal install() {
        StopSignal stop = new StopSignal();
        for (String signal : new String[] {"TERM", "INT"}) {
            try {
                stop.handle(signal);
            } catch (Throwable e) {
                // Without the JDK's own module, or with -Xrs: the process then ends as any Java process does.
                LOG.debug("SIG{} is not handled", signal, e);
            }
        }
        return stop;
    }

    private void handle(String signal) throws Throwable {
        Class<?> signals = Class.forName("sun.misc.Signal");
        Class<?> handlers = Class.forName("sun.misc.SignalHandler");
        InvocationHandler handler = (proxy, method, arguments) -> switch (method.getName()) {
            case "handle" -> {
                received("SIG" + signal);
                yield null;
            }
            case "equals" -> proxy == arguments[0];
            case "hashCode" -> System.identityHashCode(proxy);
            default -> "stop on SIG" + signal.toUpperCase(Locale.ROOT);
        };
        Object proxy = Proxy.newProxyInstance(handlers.getClassLoader(), new Class<?>[] {handlers}, handler);
        MethodHandles.Lookup lookup = MethodHandles.publicLookup();
        Object number = lookup.findConstructor(signals, MethodType.methodType(void.class, String.class))
                .invoke(signal);
        lookup.findStatic(signals, "handle", MethodType.methodType(handlers, signals, handlers))
                .invoke(number, proxy);
    }

    private void received(String signal) {
        if (!arrived.complete(signal)) {
            Runtime.getRuntime().halt(1);
        }
    }

    /** Waits for the first signal and returns its name. */
    public String await() throws InterruptedException {
        try {
            return arrived.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a signal does not fail", e);
        }
    }

    /**
     * What to do when the first signal comes, given its name: on a thread that may wait; at once if it has come.
     */
    public void onArrival(Consumer<String> action) {
        // the JVM has a thread of its own for each signal
        arrived.thenAccept(action);
    }
}
