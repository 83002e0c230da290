package dev.devmesh.examples;

import dev.devmesh.DevMesh;
import dev.devmesh.auth.Principal;
import dev.devmesh.schema.Description;
import dev.devmesh.tool.Tool;
import dev.devmesh.tool.ToolException;
import java.util.Map;
import java.util.Optional;

/** A tool whose schemas follow from records, called by the program itself. */
public final class ToolFromRecord {

    enum Unit {
        CELSIUS,
        FAHRENHEIT
    }

    record Weather(@Description("City, for example Oslo") String city, Optional<Unit> unit) {}

    record Forecast(String city, double degrees, Unit unit) {}

    private static final Map<String, Double> STATIONS = Map.of("Oslo", -3.5, "Lagos", 31.0);

    private ToolFromRecord() {}

    static Tool forecast() {
        return Tool.named("forecast")
                .describedAs("Current weather of a city")
                .readOnly()
                .input(Weather.class)
                .output(Forecast.class)
                .handle((call, in) -> {
                    Double celsius = STATIONS.get(in.city());
                    if (celsius == null) {
                        throw new ToolException("There is no station in " + in.city() + "; try Oslo or Lagos.");
                    }
                    return in.unit().orElse(Unit.CELSIUS) == Unit.CELSIUS
                            ? new Forecast(in.city(), celsius, Unit.CELSIUS)
                            : new Forecast(in.city(), celsius * 9 / 5 + 32, Unit.FAHRENHEIT);
                });
    }

    /** Asks for Oslo's weather. */
    public static void main(String[] args) {
        try (DevMesh mesh = DevMesh.builder().tool(forecast()).build()) {
            mesh.start();
            System.out.println(
                    mesh.call(Principal.anonymous(), "forecast", Map.of("city", "Oslo", "unit", "FAHRENHEIT"))
                            .text());
        }
    }
}
