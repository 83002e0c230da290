package dev.devmesh.postgres;

import dev.devmesh.json.Json;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What several tables have in their columns: JSON and lists of words. */
final class Rows {

    private Rows() {}

    static String json(Object value) {
        return new String(Json.bytes(value), StandardCharsets.UTF_8);
    }

    static JsonNode json(ResultSet row, String column) throws SQLException {
        return Json.parse(row.getString(column));
    }

    static ObjectNode object(ResultSet row, String column) throws SQLException {
        return (ObjectNode) json(row, column);
    }

    static String[] texts(Collection<String> values) {
        return values.toArray(String[]::new);
    }

    static List<String> texts(ResultSet row, String column) throws SQLException {
        return List.of((String[]) row.getArray(column).getArray());
    }
}
