package dev.devmesh.launcher.config;

/** A text that does not fit the type of its key; the message says what would, as "must be …, is …". */
final class BadValue extends Exception {

    private static final long serialVersionUID = 1L;

    BadValue(String message) {
        super(message);
    }
}
