package dev.devmesh.launcher.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MetricsManualTest {

    private static final Path PAGE = Path.of(System.getProperty("devmesh.root", ".."), "docs", "metrics.md");

    @Test
    void theManualSaysWhatTheTableOfFiguresSays() throws IOException {
        if (Boolean.getBoolean("devmesh.write-manual")) {
            Files.writeString(PAGE, MetricsReference.manual());
        }
        assertThat(PAGE).hasContent(MetricsReference.manual());
    }
}
