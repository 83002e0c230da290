/** The REST API without sockets: a table of routes, and everything that follows from it. */
@NullMarked
package dev.devmesh.rest;

import org.jspecify.annotations.NullMarked;
