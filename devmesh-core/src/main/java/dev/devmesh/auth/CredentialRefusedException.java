package dev.devmesh.auth;

import dev.devmesh.MeshException;
import java.util.Objects;

/** A credential is known and good no longer, or whoever has it may not come in. Says whose it is, which the audit log wants to know. */
public final class CredentialRefusedException extends MeshException {

    private static final long serialVersionUID = 1L;

    private final transient Principal holder;

    /**
     * @param reason why, with the code and the words that it keeps
     * @param holder who would have come in
     */
    public CredentialRefusedException(MeshException reason, Principal holder) {
        super(reason.code(), String.valueOf(reason.getMessage()), reason.fix(), null, reason);
        this.holder = Objects.requireNonNull(holder, "holder");
    }

    /** Who would have come in, had the credential been good. */
    public Principal holder() {
        return holder;
    }
}
