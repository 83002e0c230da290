package dev.devmesh.launcher.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/** The log of this process. */
public final class Logging {

    private Logging() {}

    /** Sets how much is logged from now on, save by libraries whose level the log's own configuration names. */
    public static void level(String name) {
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.toLevel(name, Level.INFO));
    }
}
