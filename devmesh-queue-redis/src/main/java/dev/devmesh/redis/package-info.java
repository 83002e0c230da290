/** The job queue, shared rate limits and cluster bus on Redis. Nothing is here yet. */
@org.jspecify.annotations.NullMarked
package dev.devmesh.redis;
