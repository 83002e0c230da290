package dev.devmesh.schema;

import com.networknt.schema.Error;
import java.util.AbstractList;
import java.util.List;

/**
 * The errors of one branch, such as an alternative of {@code anyOf}: whether there are any decides about the branch, so
 * only the first are kept. Confined to one validation.
 */
final class BranchErrors extends AbstractList<Error> {

    /** What building one costs. */
    private static final int STEPS = 5;

    private static final int KEPT = 100;

    private final List<Error> errors;
    private final Budget budget;
    private long seen;

    BranchErrors(List<Error> errors, Budget budget) {
        this.errors = errors;
        this.budget = budget;
    }

    @Override
    public boolean add(Error error) {
        budget.spend(STEPS);
        seen++;
        return errors.size() < KEPT && errors.add(error);
    }

    /** How many there were, kept or not. */
    long seen() {
        return seen;
    }

    @Override
    public Error get(int index) {
        return errors.get(index);
    }

    @Override
    public int size() {
        return errors.size();
    }
}
