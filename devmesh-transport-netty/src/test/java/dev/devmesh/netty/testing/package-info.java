/** For tests that need a running mesh: {@link dev.devmesh.netty.testing.MeshExtension} and a small client. */
@NullMarked
package dev.devmesh.netty.testing;

import org.jspecify.annotations.NullMarked;
