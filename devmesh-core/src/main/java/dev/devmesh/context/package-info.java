/** The working memory of agents: contexts, their items, and the search in them. */
@NullMarked
package dev.devmesh.context;

import org.jspecify.annotations.NullMarked;
