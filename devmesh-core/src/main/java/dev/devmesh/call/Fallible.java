package dev.devmesh.call;

/** A result that may say that the work could not be done. */
public interface Fallible {

    /** Whether it says so. */
    boolean isError();
}
