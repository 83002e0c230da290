package dev.devmesh.postgres;

import dev.devmesh.contract.TenantIsolationContract;
import dev.devmesh.store.Store;
import java.time.Clock;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import net.jqwik.api.lifecycle.LifecycleContext;
import net.jqwik.api.lifecycle.SkipExecutionHook;

/** On a server with the extension {@code vector}, searching by its index. */
@AddLifecycleHook(VectorTenantIsolationTest.WhereTheServerHasTheExtension.class)
final class VectorTenantIsolationTest extends TenantIsolationContract {

    @Override
    protected Store open(Clock clock) {
        return TestStores.openIndexed(clock, "model", 3);
    }

    static final class WhereTheServerHasTheExtension implements SkipExecutionHook {

        @Override
        public SkipResult shouldBeSkipped(LifecycleContext context) {
            String reason = TestPostgres.whyWithoutVectors();
            return reason.isEmpty() ? SkipResult.doNotSkip() : SkipResult.skip(reason);
        }
    }
}
