/** Tokens: what the mesh gives for an API key, and what other issuers vouch for. */
@NullMarked
package dev.devmesh.token;

import org.jspecify.annotations.NullMarked;
