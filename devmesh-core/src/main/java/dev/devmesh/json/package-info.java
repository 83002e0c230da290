/** JSON as DevMesh reads and writes it: one strict Jackson configuration, and how Java declarations look in JSON. */
@NullMarked
package dev.devmesh.json;

import org.jspecify.annotations.NullMarked;
