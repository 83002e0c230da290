package dev.devmesh.launcher.api;

import dev.devmesh.auth.Secret;
import dev.devmesh.launcher.config.ConfigurationSources;
import dev.devmesh.launcher.config.LoadedConfiguration;
import dev.devmesh.launcher.exit.ExitCode;
import dev.devmesh.launcher.exit.Failure;
import dev.devmesh.launcher.logging.Logging;
import dev.devmesh.launcher.server.LocalMesh;
import dev.devmesh.launcher.shell.Surroundings;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say which mesh a command is about. */
final class Target {

    private static final String USUAL = "http://127.0.0.1:8080";

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "The server to ask; DEVMESH_URL when not given, else " + USUAL + ".")
    private @Nullable String url;

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description =
                    "The API key or token to show; better DEVMESH_API_KEY, which other users of the machine do not see.")
    private @Nullable String key;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Works in this process, on the database of this configuration file, as its administrator.")
    private @Nullable String config;

    @Option(names = "--json", description = "Prints what the server answers, as JSON.")
    private boolean json;

    boolean json() {
        return json;
    }

    Api open(Surroundings surroundings) {
        if (config != null && (url != null || key != null)) {
            throw new Failure(
                    ExitCode.USAGE,
                    "--config works in this process, and --url and --key are for a running server",
                    "leave out the one or the other");
        }
        Optional<LocalMesh> local = local(surroundings);
        return local.isPresent() ? new LocalApi(local.get()) : new RemoteApi(server(surroundings), shown(surroundings));
    }

    /** The mesh of the configuration, which the caller closes; empty if a server is to be asked. */
    Optional<LocalMesh> local(Surroundings surroundings) {
        if (config == null) {
            return Optional.empty();
        }
        LoadedConfiguration loaded = LoadedConfiguration.load(new ConfigurationSources(
                Optional.of(new ConfigurationSources.File(
                        config, surroundings.directory().resolve(config))),
                surroundings.environment(),
                List.of()));
        Logging.level(loaded.configuration().logLevel().name());
        return Optional.of(LocalMesh.open(loaded));
    }

    /** The credential to show; perhaps none. */
    Secret shown(Surroundings surroundings) {
        return new Secret(key == null ? surroundings.environment().getOrDefault("DEVMESH_API_KEY", "") : key);
    }

    private URI server(Surroundings surroundings) {
        String text = url == null ? surroundings.environment().getOrDefault("DEVMESH_URL", USUAL) : url;
        try {
            URI uri = new URI(text.endsWith("/") ? text : text + "/");
            boolean known = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            if (known
                    && uri.getHost() != null
                    && uri.getUserInfo() == null
                    && uri.getQuery() == null
                    && uri.getFragment() == null) {
                return uri;
            }
            throw notAnAddress(null);
        } catch (URISyntaxException malformed) {
            throw notAnAddress(malformed);
        }
    }

    private static Failure notAnAddress(@Nullable Exception cause) {
        return new Failure(
                ExitCode.USAGE,
                "the address of the server is no http or https URL, or has a user or a query",
                "--url or DEVMESH_URL such as " + USUAL,
                cause);
    }
}
