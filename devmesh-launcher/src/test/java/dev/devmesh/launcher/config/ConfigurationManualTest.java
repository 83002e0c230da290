package dev.devmesh.launcher.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ConfigurationManualTest {

    private static final Path PAGE = Path.of(System.getProperty("devmesh.root", ".."), "docs", "configuration.md");

    @Test
    void theManualSaysWhatTheTableOfKeysSays() throws IOException {
        if (Boolean.getBoolean("devmesh.write-manual")) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, ConfigurationReference.manual());
        }
        assertThat(PAGE).hasContent(ConfigurationReference.manual());
    }

    @Test
    void everyKeyIsDescribedInOneSentence() {
        assertThat(Settings.ALL).allSatisfy(setting -> {
            assertThat(setting.description()).endsWith(".").doesNotContain("\n", "|");
            assertThat(setting.environment()).allMatch(name -> name.matches("[A-Z][A-Z0-9_]+"));
        });
    }
}
