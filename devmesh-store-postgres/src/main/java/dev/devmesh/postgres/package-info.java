/** The {@link dev.devmesh.store.Store} on PostgreSQL: pool, migrations, row-level security, search by words. */
@NullMarked
package dev.devmesh.postgres;

import org.jspecify.annotations.NullMarked;
