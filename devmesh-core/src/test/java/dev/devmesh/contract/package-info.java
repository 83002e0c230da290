/** What every implementation of an interface must hold, as tests that use the public API only. */
@NullMarked
package dev.devmesh.contract;

import org.jspecify.annotations.NullMarked;
