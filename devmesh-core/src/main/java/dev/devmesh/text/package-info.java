/** Help with text that people and models type. */
@NullMarked
package dev.devmesh.text;

import org.jspecify.annotations.NullMarked;
