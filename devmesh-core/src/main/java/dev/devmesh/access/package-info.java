/** Who there is in a mesh, and what they may do: tenants, users, roles, and who may run which tool. */
@NullMarked
package dev.devmesh.access;

import org.jspecify.annotations.NullMarked;
