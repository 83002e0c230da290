package dev.devmesh.auth;

import java.util.Optional;

/**
 * Turns credentials into a principal. Any scheme can be plugged in; several can be chained with {@link #or}.
 *
 * <p>Must be safe for use by many threads.
 */
@FunctionalInterface
public interface Authenticator {

    /**
     * The principal behind these credentials, or empty when they mean nothing to this scheme.
     *
     * @throws dev.devmesh.MeshException when the credentials are of this scheme and refused for a reason that their
     *     owner may know, such as an expired key
     */
    Optional<Principal> authenticate(Credentials credentials);

    /** Whether {@link #authenticate} may wait for I/O. One that never does is called without a change of thread. */
    default boolean blocking() {
        return true;
    }

    /** This scheme first, then the other. */
    default Authenticator or(Authenticator next) {
        Authenticator first = this;
        return new Authenticator() {
            @Override
            public Optional<Principal> authenticate(Credentials credentials) {
                Optional<Principal> found = first.authenticate(credentials);
                return found.isPresent() ? found : next.authenticate(credentials);
            }

            @Override
            public boolean blocking() {
                return first.blocking() || next.blocking();
            }
        };
    }

    /** Everybody is this principal, whatever they show. */
    static Authenticator everyone(Principal principal) {
        Optional<Principal> answer = Optional.of(principal);
        return new Authenticator() {
            @Override
            public Optional<Principal> authenticate(Credentials credentials) {
                return answer;
            }

            @Override
            public boolean blocking() {
                return false;
            }
        };
    }
}
