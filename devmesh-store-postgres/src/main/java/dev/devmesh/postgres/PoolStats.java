package dev.devmesh.postgres;

/**
 * How the connections of a store are used at one moment. Immutable.
 *
 * @param active those that units of work hold
 * @param idle those that are open and wait for work
 * @param waiting the threads that wait for one
 * @param most how many there may be; 0 if only the owner of the data source knows, and then the two before are 0, too
 */
public record PoolStats(int active, int idle, int waiting, int most) {

    @Override
    public String toString() {
        return most == 0
                ? active + " connections in use"
                : active + " of at most " + most + " connections in use, " + idle + " idle, " + waiting + " waited for";
    }
}
