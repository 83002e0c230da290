package dev.devmesh.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.json.Default;
import dev.devmesh.json.Json;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.time.api.DateTimes;
import net.jqwik.time.api.Dates;
import net.jqwik.time.api.Times;
import org.jspecify.annotations.Nullable;

/** What a record is written as fits the schema of its type and is read back as an equal record. */
class RoundTripTest {

    enum Unit {
        CELSIUS,
        FAHRENHEIT
    }

    record Numbers(
            byte b,
            short s,
            int i,
            long l,
            BigInteger big,
            float f,
            double d,
            BigDecimal exact,
            @Nullable Integer boxed,
            OptionalInt oi,
            OptionalLong ol,
            OptionalDouble od) {}

    record Texts(
            String text,
            char c,
            boolean flag,
            Optional<Unit> unit,
            UUID id,
            URI uri,
            @Default("\"main\"") String branch,
            List<@Nullable String> gaps) {}

    record Moments(
            Instant at,
            LocalDate day,
            LocalTime time,
            LocalDateTime local,
            OffsetDateTime offset,
            Duration duration,
            Period period) {}

    sealed interface Shape permits Circle, Group {}

    record Circle(double r) implements Shape {}

    record Group(Map<String, Shape> named, Set<Unit> units, List<Shape> shapes) implements Shape {}

    private static final BigInteger HUGE = BigInteger.TEN.pow(80);

    private static final Map<Class<?>, JsonSchema> SCHEMAS = Map.of(
            Numbers.class, JsonSchema.of(Numbers.class),
            Texts.class, JsonSchema.of(Texts.class),
            Moments.class, JsonSchema.of(Moments.class),
            Shape.class, JsonSchema.of(Shape.class));

    private static <T> void assertRoundTrip(T value, Class<T> type) {
        byte[] written = Json.bytes(value);

        assertThat(SCHEMAS.get(type).validate(Json.parse(written)))
                .as(new String(written, StandardCharsets.UTF_8))
                .isEmpty();
        assertThat(Json.read(Json.parse(written), type)).isEqualTo(value);
        assertThat(Json.read(Json.tree(value), type)).isEqualTo(value);
        assertThat(SCHEMAS.get(type).validate(Json.tree(value))).isEmpty();
    }

    @Property(tries = 300)
    void recordsOfNumbersComeBackEqual(@ForAll("numbers") Numbers numbers) {
        assertRoundTrip(numbers, Numbers.class);
    }

    @Provide
    Arbitrary<Numbers> numbers() {
        return Combinators.combine(
                        Arbitraries.integers(),
                        Arbitraries.longs(),
                        Arbitraries.bigIntegers().between(HUGE.negate(), HUGE),
                        Arbitraries.floats(),
                        Arbitraries.doubles(),
                        Arbitraries.bigDecimals()
                                .between(new BigDecimal(HUGE.negate()), new BigDecimal(HUGE))
                                .ofScale(12),
                        Arbitraries.integers().injectNull(0.3),
                        Arbitraries.integers().optional())
                .as((i, l, big, f, d, exact, boxed, maybe) -> new Numbers(
                        i.byteValue(),
                        i.shortValue(),
                        i,
                        l,
                        big,
                        f,
                        d + 0.0,
                        exact.add(new BigDecimal("0.0000000000001")),
                        boxed,
                        maybe.map(OptionalInt::of).orElse(OptionalInt.empty()),
                        maybe.map(m -> OptionalLong.of(l)).orElse(OptionalLong.empty()),
                        maybe.map(m -> OptionalDouble.of(m / 3.0)).orElse(OptionalDouble.empty())));
    }

    @Property(tries = 300)
    void recordsOfTextsComeBackEqual(@ForAll("texts") Texts texts) {
        assertRoundTrip(texts, Texts.class);
    }

    private static Arbitrary<String> wellFormed() {
        return Arbitraries.strings()
                .filter(text -> StandardCharsets.UTF_8.newEncoder().canEncode(text));
    }

    @Provide
    Arbitrary<Texts> texts() {
        return Combinators.combine(
                        wellFormed(),
                        Arbitraries.chars().filter(c -> !Character.isSurrogate(c)),
                        Arbitraries.of(true, false),
                        Arbitraries.of(Unit.class).optional(),
                        Arbitraries.longs(),
                        Arbitraries.of("https://example.com/a?b=c#d", "urn:x:y", "relative/path"),
                        wellFormed().injectNull(0.2).list().ofMaxSize(4))
                .as((text, c, flag, unit, bits, uri, gaps) ->
                        new Texts(text, c, flag, unit, new UUID(bits, ~bits), URI.create(uri), text + c, gaps));
    }

    @Property(tries = 300)
    void recordsOfTimesComeBackEqual(@ForAll("times") Moments times) {
        assertRoundTrip(times, Moments.class);
    }

    @Provide
    Arbitrary<Moments> times() {
        return Combinators.combine(
                        DateTimes.instants()
                                .between(Instant.parse("0001-01-01T00:00:00Z"), Instant.parse("9999-12-31T00:00:00Z")),
                        Dates.dates(),
                        Times.times().ofPrecision(ChronoUnit.NANOS),
                        Arbitraries.integers().between(-17, 17),
                        Arbitraries.longs().between(-1_000_000_000_000L, 1_000_000_000_000L),
                        Arbitraries.integers().between(-1000, 1000))
                .as((at, day, time, hours, millis, n) -> new Moments(
                        at,
                        day,
                        time,
                        day.atTime(time),
                        day.atTime(time).atOffset(ZoneOffset.ofHours(hours)),
                        Duration.ofMillis(millis),
                        Period.of(n, n / 2, -n)));
    }

    @Property(tries = 200)
    void alternativesAndWhatContainsItselfComeBackEqual(@ForAll("shapes") Shape shape) {
        assertRoundTrip(shape, Shape.class);
    }

    @Provide
    Arbitrary<Shape> shapes() {
        return shapes(3);
    }

    private static Arbitrary<Shape> shapes(int depth) {
        Arbitrary<Shape> circles = Arbitraries.doubles().map(r -> new Circle(r + 0.0));
        if (depth == 0) {
            return circles;
        }
        Arbitrary<Shape> groups = Combinators.combine(
                        Arbitraries.maps(Arbitraries.strings().alpha(), shapes(depth - 1))
                                .ofMaxSize(3),
                        Arbitraries.of(Unit.class).set(),
                        shapes(depth - 1).list().ofMaxSize(3))
                .as(Group::new);
        return Arbitraries.oneOf(circles, groups);
    }
}
