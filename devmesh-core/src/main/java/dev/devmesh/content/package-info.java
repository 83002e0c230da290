/** What tools, prompts and resources hold: texts, pictures, sounds, links. */
@NullMarked
package dev.devmesh.content;

import org.jspecify.annotations.NullMarked;
