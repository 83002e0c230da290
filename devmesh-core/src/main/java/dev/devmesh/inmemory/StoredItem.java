package dev.devmesh.inmemory;

import dev.devmesh.context.ContextItem;

/** An item with its words, which a search would otherwise have to find each time. */
record StoredItem(ContextItem item, Terms terms, long size) {}
