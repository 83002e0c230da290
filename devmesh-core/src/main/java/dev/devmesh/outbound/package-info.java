/**
 * The one HTTP client for addresses that users can name: {@link dev.devmesh.outbound.OutboundClient}.
 *
 * <p>Whoever may name an address could name one of this server's own network. So an address is read by one parser ({@code Target}),
 * looked up once ({@code Lookups}), held to what may be called ({@code Vetting}), and the connection goes to exactly the addresses that
 * passed ({@code ApacheWire}); each redirect walks the same way. Exceptions are in {@link dev.devmesh.outbound.OutboundAllow}, which
 * comes from configuration or code only.
 *
 * <p>{@code ApacheWire} alone knows Apache HttpClient 5, an optional dependency: all other classes load without it.
 */
@NullMarked
package dev.devmesh.outbound;

import org.jspecify.annotations.NullMarked;
