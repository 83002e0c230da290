/** Who did what to which object, with which credential, and how it went. */
@NullMarked
package dev.devmesh.audit;

import org.jspecify.annotations.NullMarked;
