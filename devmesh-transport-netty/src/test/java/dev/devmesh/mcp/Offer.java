package dev.devmesh.mcp;

import dev.devmesh.DevMesh;

/** Lets a mesh be listened to for resources that nobody has registered: tests tell of changes as they need them. */
public final class Offer {

    private Offer() {}

    /** Has the mesh honour listens to resources and to the list of them. */
    public static DevMesh resources(DevMesh mesh) {
        mesh.mcp().features().add(Feature.RESOURCES);
        return mesh;
    }
}
