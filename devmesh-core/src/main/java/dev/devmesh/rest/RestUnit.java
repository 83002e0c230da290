package dev.devmesh.rest;

import dev.devmesh.store.StoreSession;
import java.util.function.Consumer;

/**
 * The unit of work that an answer is part of.
 *
 * @param session what can be read and written in it
 * @param afterCommit takes what is to be run once it has committed
 */
record RestUnit(StoreSession session, Consumer<Runnable> afterCommit) {}
