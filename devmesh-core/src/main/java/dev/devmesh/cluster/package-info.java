/**
 * How the nodes of a cluster tell each other what changed.
 *
 * <p>{@link dev.devmesh.cluster.ClusterBus} is what implementations offer; {@link dev.devmesh.cluster.ClusterWire}, {@link
 * dev.devmesh.cluster.ClusterBacklog} and {@link dev.devmesh.cluster.ClusterSubscribers} are what they are built of.
 */
@NullMarked
package dev.devmesh.cluster;

import org.jspecify.annotations.NullMarked;
