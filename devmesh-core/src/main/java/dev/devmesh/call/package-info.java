/** A call of a handler, whatever it is a handler of: who calls, how long it may take, how it ends. */
@NullMarked
package dev.devmesh.call;

import org.jspecify.annotations.NullMarked;
