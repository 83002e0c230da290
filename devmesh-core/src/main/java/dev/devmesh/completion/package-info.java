/** Proposals for the arguments of prompts and of resource templates, while a person types. */
@NullMarked
package dev.devmesh.completion;

import org.jspecify.annotations.NullMarked;
