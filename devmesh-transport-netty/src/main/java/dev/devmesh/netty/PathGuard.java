package dev.devmesh.netty;

import dev.devmesh.ErrorCode;
import java.util.Optional;

/**
 * Refuses paths at which there is nothing.
 *
 * @param directions what there is
 */
record PathGuard(String directions) implements Guard {

    @Override
    public Optional<Rejection> check(RequestHead head) {
        return head.endpoint().isPresent()
                ? Optional.empty()
                : Optional.of(Rejection.of(ErrorCode.ROUTE_NOT_FOUND, "There is nothing at this path.", directions));
    }
}
