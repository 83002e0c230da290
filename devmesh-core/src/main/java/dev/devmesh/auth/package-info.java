/** Who is calling and what they may do. */
@NullMarked
package dev.devmesh.auth;

import org.jspecify.annotations.NullMarked;
