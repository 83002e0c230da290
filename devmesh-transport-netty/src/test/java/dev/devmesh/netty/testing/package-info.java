/** For tests that need a running mesh: {@link dev.devmesh.netty.testing.MeshExtension} and what it needs. */
@NullMarked
package dev.devmesh.netty.testing;

import org.jspecify.annotations.NullMarked;
