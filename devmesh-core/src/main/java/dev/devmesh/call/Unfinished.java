package dev.devmesh.call;

/** A result that is not the end of its call: the call goes on elsewhere, and its end is told there. */
public interface Unfinished {}
