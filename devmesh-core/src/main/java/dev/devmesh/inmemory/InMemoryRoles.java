package dev.devmesh.inmemory;

import dev.devmesh.access.Role;
import dev.devmesh.auth.Scopes;
import dev.devmesh.inmemory.Tables.Named;
import dev.devmesh.inmemory.Tables.StoredUser;
import dev.devmesh.store.RoleStore;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

final class InMemoryRoles implements RoleStore {

    private final UnitOfWork unit;

    InMemoryRoles(UnitOfWork unit) {
        this.unit = unit;
    }

    @Override
    public boolean insert(Role role) {
        unit.requireMine("a role", role.tenant());
        Tables tables = unit.write();
        if (tables.roles.get(role.id()) != null) {
            throw new IllegalStateException("there is a role " + role.id() + " already; use a new id");
        }
        if (tables.rolesByName.get(Named.of(role)) != null) {
            return false;
        }
        tables.insertRole(role);
        return true;
    }

    @Override
    public Optional<Role> find(String id) {
        return Optional.ofNullable(unit.read().roles.get(id))
                .filter(role -> role.tenant().equals(unit.tenant()));
    }

    @Override
    public Optional<Role> findByName(String name) {
        return Optional.ofNullable(unit.read().rolesByName.get(Named.role(unit.tenant(), name)))
                .flatMap(this::find);
    }

    @Override
    public Optional<Role> lock(String id) {
        unit.write();
        return find(id);
    }

    @Override
    public List<Role> list() {
        Tables tables = unit.read();
        Named before = Named.role(unit.tenant(), "");
        List<Role> all = new ArrayList<>();
        for (Tree.Node<Named, String> entry : tables.rolesByName.above(before)) {
            if (!entry.key.tenant().equals(before.tenant())) {
                break;
            }
            all.add(Objects.requireNonNull(tables.roles.get(entry.value)));
        }
        return all;
    }

    @Override
    public void allow(String id, Scopes allowed) {
        Role old = require(id);
        unit.write().putRole(old, new Role(old.id(), old.tenant(), old.name(), old.builtIn(), allowed));
    }

    @Override
    public boolean delete(String id) {
        Tables tables = unit.write();
        Optional<Role> role = find(id);
        role.ifPresent(tables::removeRole);
        return role.isPresent();
    }

    @Override
    public List<Role> of(String userId) {
        Tables tables = unit.read();
        StoredUser row = unit.user(userId);
        return row == null
                ? List.of()
                : row.roles().stream()
                        .map(id -> Objects.requireNonNull(tables.roles.get(id)))
                        .sorted(Comparator.comparing(Role::name))
                        .toList();
    }

    @Override
    public boolean give(String userId, String roleId) {
        StoredUser row = unit.requireUser(userId);
        Role role = require(roleId);
        Set<String> roles = new HashSet<>(row.roles());
        boolean given = roles.add(role.id());
        unit.write().putUser(row, new StoredUser(row.user(), roles, row.tools()));
        return given;
    }

    @Override
    public boolean take(String userId, String roleId) {
        Tables tables = unit.write();
        StoredUser row = unit.user(userId);
        Optional<Role> role = find(roleId);
        if (row == null || role.isEmpty() || !row.roles().contains(roleId)) {
            return false;
        }
        tables.putUser(row, row.without(role.get()));
        return true;
    }

    private Role require(String id) {
        unit.write();
        return find(id).orElseThrow(
                        () -> new IllegalStateException("there is no role " + id + " in this tenant; lock it first"));
    }
}
