/** A real PostgreSQL for tests, of this module and of those that use it. */
@NullMarked
package dev.devmesh.postgres.testing;

import org.jspecify.annotations.NullMarked;
