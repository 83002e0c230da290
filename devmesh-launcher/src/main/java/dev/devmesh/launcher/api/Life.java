package dev.devmesh.launcher.api;

import dev.devmesh.launcher.config.Durations;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A time on the command line, written as in configuration files. */
final class Life implements ITypeConverter<Duration> {

    @Override
    public Duration convert(String text) {
        return Durations.parse(text)
                .orElseThrow(() -> new TypeConversionException("'" + text + "' is no time such as 90d, 24h or 30m"));
    }
}
