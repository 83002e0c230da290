package dev.devmesh.inmemory;

import dev.devmesh.inmemory.Tables.StoredUser;
import dev.devmesh.store.ToolPermissionStore;
import java.util.HashSet;
import java.util.Set;

final class InMemoryToolPermissions implements ToolPermissionStore {

    private final UnitOfWork unit;

    InMemoryToolPermissions(UnitOfWork unit) {
        this.unit = unit;
    }

    @Override
    public Set<String> of(String userId) {
        StoredUser row = unit.user(userId);
        return row == null ? Set.of() : row.tools();
    }

    @Override
    public Set<String> users(String tool) {
        Set<String> users = new HashSet<>();
        for (Tree.Node<String, StoredUser> entry : unit.read().users.entries()) {
            if (entry.value.tools().contains(tool)
                    && entry.value.user().tenant().equals(unit.tenant())) {
                users.add(entry.key);
            }
        }
        return users;
    }

    @Override
    public boolean give(String userId, String tool) {
        StoredUser row = unit.requireUser(userId);
        Set<String> tools = new HashSet<>(row.tools());
        boolean given = tools.add(tool);
        unit.write().putUser(row, new StoredUser(row.user(), row.roles(), tools));
        return given;
    }

    @Override
    public boolean take(String userId, String tool) {
        Tables tables = unit.write();
        StoredUser row = unit.user(userId);
        if (row == null || !row.tools().contains(tool)) {
            return false;
        }
        Set<String> tools = new HashSet<>(row.tools());
        tools.remove(tool);
        tables.putUser(row, new StoredUser(row.user(), row.roles(), tools));
        return true;
    }
}
