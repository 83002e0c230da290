package dev.devmesh.launcher.config;

/** How much the log says; each level includes the ones before it. */
public enum LogLevel {
    /** What failed. */
    ERROR,
    /** What may fail soon. */
    WARN,
    /** What the server does. */
    INFO,
    /** Why it does it, with the stack of every failed start. */
    DEBUG,
    /** Everything. */
    TRACE
}
