package dev.devmesh.queue;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;

/** The lease on a job ran out, was given back, or has passed to another worker. */
public final class LeaseLostException extends MeshException {

    private static final long serialVersionUID = 1L;

    /** The lease on this job is lost. */
    public LeaseLostException(String jobId) {
        super(
                ErrorCode.LEASE_LOST,
                "The lease on job " + jobId + " is lost.",
                "Drop this attempt's work; another delivery of the job decides. If it happens often, lease for longer.");
    }
}
