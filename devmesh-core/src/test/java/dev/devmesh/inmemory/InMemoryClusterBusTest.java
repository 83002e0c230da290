package dev.devmesh.inmemory;

import dev.devmesh.cluster.ClusterBus;
import dev.devmesh.contract.ClusterBusContract;

final class InMemoryClusterBusTest extends ClusterBusContract {

    private final InMemoryClusterHub hub = new InMemoryClusterHub();

    @Override
    protected ClusterBus open() {
        return hub.join();
    }

    @Override
    protected void whileCutOff(ClusterBus node, Runnable meanwhile) {
        InMemoryClusterBus bus = (InMemoryClusterBus) node;
        bus.disconnect();
        meanwhile.run();
        bus.reconnect();
    }
}
