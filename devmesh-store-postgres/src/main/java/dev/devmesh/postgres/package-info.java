/** The {@code Store} on PostgreSQL: migrations, row-level security, vector search. Nothing is here yet. */
@org.jspecify.annotations.NullMarked
package dev.devmesh.postgres;
