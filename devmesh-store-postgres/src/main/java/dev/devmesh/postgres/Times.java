package dev.devmesh.postgres;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Points in time as PostgreSQL keeps them: to the microsecond, and infinity beyond what it can count. */
final class Times {

    private static final Instant FIRST = Instant.parse("-4000-01-01T00:00:00Z");
    private static final Instant LAST = Instant.parse("+200000-01-01T00:00:00Z");

    private Times() {}

    static OffsetDateTime toSql(Instant time) {
        if (time.isBefore(FIRST)) {
            return OffsetDateTime.MIN;
        }
        if (time.isAfter(LAST)) {
            return OffsetDateTime.MAX;
        }
        return time.truncatedTo(ChronoUnit.MICROS).atOffset(ZoneOffset.UTC);
    }

    static Instant from(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    static Optional<Instant> optionalFrom(ResultSet row, String column) throws SQLException {
        @Nullable OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return Optional.ofNullable(time).map(OffsetDateTime::toInstant);
    }
}
