package dev.devmesh.context;

import dev.devmesh.auth.Tenant;

/** Hears of contexts that were appended to, changed or deleted: after the commit, on the changing thread; must not wait. */
@FunctionalInterface
public interface ContextListener {

    /** The context of this id is not as it was. One that expires is not told. */
    void contextChanged(Tenant tenant, String id);
}
