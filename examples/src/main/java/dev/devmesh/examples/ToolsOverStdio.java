package dev.devmesh.examples;

import dev.devmesh.DevMesh;
import dev.devmesh.stdio.StdioServer;
import dev.devmesh.tool.Tool;

/** A program that an MCP client starts by itself and speaks to over standard input and output. */
public final class ToolsOverStdio {

    record Shout(String text) {}

    private ToolsOverStdio() {}

    /** Serves until its input ends. */
    public static void main(String[] args) throws InterruptedException {
        Tool shout = Tool.of(
                "shout", "Says it louder", Shout.class, (call, in) -> in.text().toUpperCase());
        StdioServer.of(DevMesh.builder().name("shouter").tool(shout).build()).run();
    }
}
