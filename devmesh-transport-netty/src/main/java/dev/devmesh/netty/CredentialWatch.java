package dev.devmesh.netty;

import dev.devmesh.DevMesh;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.Principal;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks again and again, and when it is told that a key was revoked, whether the credential by which a connection or a stream was opened is still good, and still for the same rights:
 * what comes over it later shows none of its own. Where nobody can tell for {@link #MAX_FAILURES} times in a row, it is not
 * taken for good any longer.
 *
 * <p>Confined to the event loop, save for the asking itself, which may wait.
 */
final class CredentialWatch {

    static final int MAX_FAILURES = 24;

    private static final Logger LOG = LoggerFactory.getLogger(CredentialWatch.class);

    private final DevMesh mesh;
    private final EventLoop loop;
    private final Credentials credentials;
    private final Principal principal;
    private final Duration interval;
    private final BiConsumer<CloseCode, String> whenEnded;
    private @Nullable ScheduledFuture<?> timer;
    private @Nullable Runnable unwatch;
    private boolean stopped;
    private boolean asking;
    private boolean askAgain;
    private int failures;

    /** @param whenEnded told once, on the loop, why the connection is to be closed */
    CredentialWatch(
            DevMesh mesh,
            EventLoop loop,
            Credentials credentials,
            Principal principal,
            Duration interval,
            BiConsumer<CloseCode, String> whenEnded) {
        this.mesh = mesh;
        this.loop = loop;
        this.credentials = credentials;
        this.principal = principal;
        this.interval = interval;
        this.whenEnded = whenEnded;
    }

    void start() {
        if (!mesh.isAnonymous()) {
            unwatch = mesh.keys().revocations().watch(principal, this::revoked);
            next();
        }
    }

    /** It is said that the credential is good no longer: that is found out now. For any thread. */
    private void revoked() {
        try {
            loop.execute(() -> {
                if (asking) {
                    askAgain = true; // what is being asked may have been asked too early
                } else if (!stopped) {
                    if (timer != null) {
                        timer.cancel(false);
                    }
                    check();
                }
            });
        } catch (RejectedExecutionException closed) {
            LOG.debug("the server is closed, and the connection with it");
        }
    }

    void stop() {
        stopped = true;
        if (unwatch != null) {
            unwatch.run();
        }
        if (timer != null) {
            timer.cancel(false);
        }
    }

    private void next() {
        timer = loop.schedule(this::check, interval.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void check() {
        asking = true;
        if (!mesh.isBlocking()) {
            conclude(ask());
            return;
        }
        try {
            mesh.threads().execute(() -> {
                Finding finding = ask();
                try {
                    loop.execute(() -> conclude(finding));
                } catch (RejectedExecutionException closed) {
                    // The server is closed, and the connection with it.
                }
            });
        } catch (RejectedExecutionException full) {
            conclude(Finding.unknown());
        }
    }

    /** @param ended why the credential is no longer good; empty if it is, or if that could not be found out */
    private record Finding(boolean known, String ended) {

        static Finding unknown() {
            return new Finding(false, "");
        }
    }

    private Finding ask() {
        try {
            return new Finding(
                    true,
                    mesh.authenticateAgain(credentials).equals(principal)
                            ? ""
                            : "The rights of the credential have changed; connect again.");
        } catch (MeshException refused) {
            return refused.code().status() < 500 && refused.code().status() != 429
                    ? new Finding(true, String.valueOf(refused.getMessage()))
                    : Finding.unknown();
        } catch (RuntimeException fault) {
            LOG.error("an authenticator failed", fault);
            return Finding.unknown();
        }
    }

    private void conclude(Finding finding) {
        if (stopped) {
            return;
        }
        asking = false;
        failures = finding.known() ? 0 : failures + 1;
        if (!finding.ended().isEmpty()) {
            whenEnded.accept(CloseCode.CREDENTIAL_ENDED, finding.ended());
        } else if (failures >= MAX_FAILURES) {
            whenEnded.accept(CloseCode.TRY_AGAIN_LATER, "The credential could not be checked for a while.");
        } else if (askAgain) {
            askAgain = false;
            check();
        } else {
            next();
        }
    }
}
