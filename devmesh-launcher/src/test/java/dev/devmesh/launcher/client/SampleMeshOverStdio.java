package dev.devmesh.launcher.client;

import dev.devmesh.stdio.StdioServer;

/** A program that serves a {@link SampleMesh} on its standard streams. */
final class SampleMeshOverStdio {

    private SampleMeshOverStdio() {}

    public static void main(String[] args) throws InterruptedException {
        StdioServer.of(SampleMesh.create()).run();
    }
}
