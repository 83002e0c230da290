package dev.devmesh.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.time.Instant;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.time.api.constraints.InstantRange;
import org.junit.jupiter.api.Test;

final class PositionTest {

    @Property(tries = 200)
    void aCursorLeadsBackToItsPlace(
            @ForAll @InstantRange(min = "0001-01-01T00:00:00Z", max = "9999-12-31T23:59:59Z") Instant createdAt) {
        Position place = new Position(createdAt, Ids.next("ctx_"));

        assertThat(Position.of(place.cursor())).isEqualTo(place);
    }

    @Property(tries = 1_000)
    void anyTextIsACursorOrRefused(@ForAll String cursor) {
        try {
            assertThat(Position.of(cursor).cursor()).isEqualTo(cursor);
        } catch (MeshException refusal) {
            assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_VALUE);
            assertThat(refusal.sentence()).contains("next_cursor");
        }
    }

    @Test
    void whatIsTooLongOrEmptyIsRefused() {
        assertThatThrownBy(() -> Position.of("x".repeat(10_000))).isInstanceOf(MeshException.class);
        assertThatThrownBy(() -> Position.of("")).isInstanceOf(MeshException.class);
    }

    @Test
    void laterTimesComeFirstAndThenHigherIds() {
        Instant now = Instant.parse("2026-01-01T00:00:00Z");
        Position late = new Position(now.plusNanos(1_000), "a");
        Position high = new Position(now, "a");
        Position low = new Position(now, "Z");

        assertThat(Stream.of(low, high, late).sorted()).containsExactly(late, high, low);
    }

    @Test
    void idsAreLongUnguessableAndPlain() {
        assertThat(Ids.next("ctx_")).matches("ctx_[0-9A-Za-z]{22}");
        assertThat(Stream.generate(() -> Ids.next("")).limit(10_000).distinct()).hasSize(10_000);
    }
}
