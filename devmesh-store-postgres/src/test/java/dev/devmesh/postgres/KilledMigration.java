package dev.devmesh.postgres;

import java.util.ArrayList;
import java.util.List;

/** A process that never comes to the end of its last migration. */
final class KilledMigration {

    static final String SLOW = "V9999__slow.sql";

    private KilledMigration() {}

    public static void main(String[] arguments) {
        Migrations.of(PostgresSettings.of(arguments[0]).user(arguments[1], arguments[2]), with("SELECT pg_sleep(50);"))
                .apply();
    }

    /** All migrations, and one more that makes a table before it does this. */
    static List<Migration> with(String rest) {
        List<Migration> all = new ArrayList<>(Migration.all());
        String sql = "CREATE TABLE devmesh.half_done (x int);\n" + rest;
        all.add(new Migration(all.size() + 1, SLOW, sql, "checksum"));
        return all;
    }
}
