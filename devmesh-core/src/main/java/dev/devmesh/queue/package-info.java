/** Background work: leased, retried, dead-lettered, once in its effects. */
@NullMarked
package dev.devmesh.queue;

import org.jspecify.annotations.NullMarked;
