/** Tools, the registry that names them and {@link dev.devmesh.tool.ToolInvoker}, the one way to run them. */
@NullMarked
package dev.devmesh.tool;

import org.jspecify.annotations.NullMarked;
