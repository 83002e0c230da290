/** Values that travel through clients and come back unread and unchanged. */
@NullMarked
package dev.devmesh.seal;

import org.jspecify.annotations.NullMarked;
