package dev.devmesh.rest;

import java.util.Objects;

/** Who may use a route. There is no default: a route that does not say it is refused. */
sealed interface Access {

    /** Anybody, without a credential; what is not only read is counted by the address. Said on purpose. */
    Access PUBLIC = new Public();

    /** Whoever has a credential; what is shown or done depends on their permissions, which the handler holds them to. */
    Access ANY_CALLER = new AnyCaller();

    /** See {@link #PUBLIC}. */
    record Public() implements Access {}

    /** See {@link #ANY_CALLER}. */
    record AnyCaller() implements Access {}

    /** Whoever has this permission. */
    record Permission(String name) implements Access {

        /** Checks that there is one. */
        public Permission {
            if (Objects.requireNonNull(name, "name").isBlank()) {
                throw new IllegalArgumentException("a permission must not be blank");
            }
        }
    }
}
