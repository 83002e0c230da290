/** JSON Schema 2020-12: generated from Java types, accepted from others, and violations told as sentences. */
@NullMarked
package dev.devmesh.schema;

import org.jspecify.annotations.NullMarked;
