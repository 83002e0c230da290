/** Tokens: the mesh's own, which API keys are exchanged for. */
@NullMarked
package dev.devmesh.token;

import org.jspecify.annotations.NullMarked;
