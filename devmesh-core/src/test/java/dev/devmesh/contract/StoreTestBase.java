package dev.devmesh.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.store.Store;
import java.time.Clock;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What every contract of a store needs: an empty store on a clock that stands still, and two tenants. */
public abstract class StoreTestBase {

    protected static final Tenant ACME = new Tenant("acme");
    protected static final Tenant GLOBEX = new Tenant("globex");
    protected static final Principal ALICE = Principal.administrator(ACME, "alice");
    protected static final Principal GEORGE = Principal.administrator(GLOBEX, "george");

    protected final SettableClock clock = new SettableClock();
    protected Store store;

    /** An empty store that dates what it makes by this clock. It is closed after each test. */
    protected abstract Store open(Clock clock);

    @BeforeEach
    void openStore() {
        store = open(clock);
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    /** The refusal that this ends in, whose sentence must not be empty. */
    protected static MeshException refused(ErrorCode code, ThrowingCallable call) {
        MeshException refusal = catchThrowableOfType(MeshException.class, call);
        assertThat(refusal).as("a refusal with " + code).isNotNull();
        assertThat(refusal.code()).isEqualTo(code);
        assertThat(refusal.getMessage()).isNotBlank();
        return refusal;
    }
}
