package dev.devmesh.schema;

import com.networknt.schema.Error;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;

/**
 * The errors of the whole value, and the end of its validation when there are plenty: a list of millions is as wrong
 * after a thousand of them. Confined to one validation.
 */
final class FirstErrors extends ArrayList<Error> {

    private static final long serialVersionUID = 1L;

    /** Far above what is told, so that missing and unknown members, which are told first, are likely among them. */
    private static final int PLENTY = 1_000;

    @Override
    public boolean add(Error error) {
        super.add(error);
        if (size() >= PLENTY) {
            throw Enough.INSTANCE;
        }
        return true;
    }

    @Override
    public boolean addAll(Collection<? extends Error> errors) {
        for (Iterator<? extends Error> rest = errors.iterator(); rest.hasNext(); ) {
            add(rest.next());
        }
        return !errors.isEmpty();
    }

    /** Ends a validation from wherever it is; without a stack trace, as it is expected and always the same. */
    static final class Enough extends RuntimeException {

        private static final long serialVersionUID = 1L;

        static final Enough INSTANCE = new Enough();

        private Enough() {
            super("enough errors are known", null, false, false);
        }
    }
}
