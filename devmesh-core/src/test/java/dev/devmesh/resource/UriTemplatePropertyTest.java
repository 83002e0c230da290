package dev.devmesh.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.LinkedHashMap;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.StringLength;

final class UriTemplatePropertyTest {

    private static final UriTemplate SIMPLE = UriTemplate.parse("farm://build/{id}/step/{step}");
    private static final UriTemplate EVERY = UriTemplate.parse("x://{a,b}/h{/c,d}{;e}{?f,g}");
    private static final UriTemplate PATH = UriTemplate.parse("file:///{+path}");

    @Property
    void whatWasFilledInComesBack(@ForAll("values") String id, @ForAll("values") String step) {
        Map<String, String> values = Map.of("id", id, "step", step);

        assertThat(SIMPLE.match(SIMPLE.expand(values))).contains(values);
    }

    @Property
    void everyOperatorComesBack(@ForAll("values") String one, @ForAll("values") String two) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String variable : EVERY.variables()) {
            values.put(variable, values.size() % 2 == 0 ? one : two);
        }

        assertThat(EVERY.match(EVERY.expand(values))).contains(values);
    }

    @Property
    void aPathComesBack(@ForAll("values") String one, @ForAll("values") String two) {
        // a percent sign would be taken for the beginning of an encoding, as the RFC wants it behind a plus
        String path = (one + "/" + two).replace('%', '_');

        assertThat(PATH.match(PATH.expand(Map.of("path", path)))).contains(Map.of("path", path));
    }

    @Property
    void whateverMatchesHoldsNoSlashAndExpandsToTheSameThing(@ForAll("addresses") String uri) {
        SIMPLE.match(uri).ifPresent(values -> {
            assertThat(values.values()).noneMatch(value -> value.contains("/") || value.equals(".."));
            assertThat(SIMPLE.match(SIMPLE.expand(values))).contains(values);
        });
    }

    @Property
    void noTextBreaksTheParser(@ForAll @StringLength(max = 60) String text) {
        assertThatCode(() -> {
                    try {
                        UriTemplate.parse(text).match(text);
                    } catch (IllegalArgumentException refused) {
                        assertThat(refused).hasMessageStartingWith("URI template '");
                    }
                })
                .doesNotThrowAnyException();
    }

    @Provide
    Arbitrary<String> values() {
        return Arbitraries.strings()
                .withCharRange('!', '~')
                .withChars('ä', '€', ' ')
                .excludeChars('/', '\\')
                .ofMinLength(1)
                .ofMaxLength(20)
                .filter(value -> !value.equals(".") && !value.equals(".."));
    }

    @Provide
    Arbitrary<String> addresses() {
        Arbitrary<String> piece =
                Arbitraries.of("a", "..", ".", "%2e", "%2F", "/", "%C3%A4", "~", "%5c", "-", "/step/", "%");
        return piece.list()
                .ofMaxSize(12)
                .map(pieces -> "farm://build/" + String.join("", pieces) + "/step/" + String.join("", pieces));
    }
}
