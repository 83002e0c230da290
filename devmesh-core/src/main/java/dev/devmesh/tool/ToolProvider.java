package dev.devmesh.tool;

import java.util.List;

/** A bundle of tools that belong together, under one name. */
public interface ToolProvider {

    /** What the names of the tools begin with, before an underscore: for example {@code github}. */
    String namespace();

    /** The tools, each named {@code <namespace>_<something>}. */
    List<Tool> tools();
}
