package dev.devmesh.launcher.config;

/**
 * What calls of a tool cost.
 *
 * @param tool its name, which need not exist
 * @param weight as how many requests a call counts
 */
record ToolWeight(String tool, int weight) {

    @Override
    public String toString() {
        return tool + "=" + weight;
    }
}
