/** What is measured, and the server that comparisons start. */
@NullMarked
package dev.devmesh.benchmarks;

import org.jspecify.annotations.NullMarked;
