package dev.devmesh.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.schema.JsonSchemaTestSuite.Case;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The required cases of the official suite for 2020-12; where they come from is said in
 * {@code json-schema-test-suite/README.md}.
 */
class JsonSchemaTestSuiteTest {

    // 1,131 cases agree; the schemas of the other 45 are refused when they are given, for the reasons listed.
    private static final int FILES = 48;
    private static final int CASES = 1_176;
    private static final int REFUSALS = 45;
    private static final String REFUSED = "refused: ";

    /** Whether DevMesh finds what the suite says, as an empty text; otherwise what it found. */
    private static String outcome(Case one) {
        try {
            List<Violation> violations = JsonSchema.parse(one.schema()).validate(one.value());
            return violations.isEmpty() == one.valid() ? "" : "found " + violations;
        } catch (InvalidSchema e) {
            return REFUSED + e.getMessage();
        }
    }

    @TestFactory
    Stream<DynamicContainer> requiredCases() {
        Map<String, String> differences = JsonSchemaTestSuite.differences();
        List<Case> cases = JsonSchemaTestSuite.cases();
        assertThat(cases).hasSize(CASES);
        assertThat(cases.stream().map(Case::file).distinct()).hasSize(FILES);
        assertThat(cases).extracting(Case::id).containsAll(differences.keySet());
        assertThat(cases.stream().filter(one -> differences.containsKey(one.id())))
                .hasSize(REFUSALS);
        Map<String, List<DynamicTest>> byFile = new LinkedHashMap<>();
        for (Case one : cases) {
            byFile.computeIfAbsent(one.file(), file -> new ArrayList<>())
                    .add(DynamicTest.dynamicTest(one.schemaName() + ": " + one.name(), () -> {
                        if (differences.containsKey(one.id())) {
                            assertThat(outcome(one))
                                    .as("listed, as it " + differences.get(one.id()))
                                    .startsWith(REFUSED);
                        } else {
                            assertThat(outcome(one)).isEmpty();
                        }
                    }));
        }
        return byFile.entrySet().stream()
                .map(file -> DynamicContainer.dynamicContainer(file.getKey(), file.getValue()));
    }
}
