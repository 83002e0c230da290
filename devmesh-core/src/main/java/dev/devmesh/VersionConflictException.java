package dev.devmesh;

/**
 * Somebody else changed what is to be changed: {@link ErrorCode#VERSION_CONFLICT}.
 *
 * <p>Immutable.
 */
public final class VersionConflictException extends MeshException {

    private static final long serialVersionUID = 1L;

    private final long current;

    /**
     * @param what what was to be changed, as a sentence begins
     * @param current the version that it is at
     * @param expected the version that the caller knew
     */
    public VersionConflictException(String what, long current, long expected) {
        super(
                ErrorCode.VERSION_CONFLICT,
                what + " is at version " + current + ", not at version " + expected + ".",
                "Read it again, decide again, and send the change with version " + current + ".");
        this.current = current;
    }

    /** The version that it is at. */
    public long current() {
        return current;
    }
}
