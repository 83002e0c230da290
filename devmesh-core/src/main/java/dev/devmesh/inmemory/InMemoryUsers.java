package dev.devmesh.inmemory;

import dev.devmesh.access.User;
import dev.devmesh.auth.Standing;
import dev.devmesh.inmemory.Tables.Listed;
import dev.devmesh.inmemory.Tables.StoredUser;
import dev.devmesh.store.Position;
import dev.devmesh.store.UserStore;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

final class InMemoryUsers implements UserStore {

    private final UnitOfWork unit;

    InMemoryUsers(UnitOfWork unit) {
        this.unit = unit;
    }

    @Override
    public Optional<Taken> insert(User user) {
        unit.requireMine("a user", user.tenant());
        Tables tables = unit.write();
        Optional<Taken> taken = tables.taken(user, null);
        if (taken.isEmpty()) {
            tables.putUser(null, new StoredUser(user, Set.of(), Set.of()));
        }
        return taken;
    }

    @Override
    public Optional<User> find(String id) {
        return Optional.ofNullable(unit.user(id)).map(StoredUser::user);
    }

    @Override
    public Optional<User> lock(String id) {
        unit.write();
        return find(id);
    }

    @Override
    public List<User> list(String email, @Nullable Position after, int limit) {
        Tables tables = unit.read();
        String tenant = unit.tenant().id();
        List<User> page = new ArrayList<>();
        for (Tree.Node<Listed, String> entry : Listed.of(tables.usersNewestFirst, tenant, after)) {
            if (page.size() >= limit || !entry.key.tenant().equals(tenant)) {
                break;
            }
            User user = Objects.requireNonNull(tables.users.get(entry.value)).user();
            if (email.isEmpty() || email.equals(user.email())) {
                page.add(user);
            }
        }
        return page;
    }

    @Override
    public Optional<Taken> update(User user) {
        StoredUser old = unit.requireUser(user.id());
        Tables tables = unit.write();
        User next = new User(
                user.id(),
                unit.tenant(),
                user.email(),
                user.name(),
                user.subject(),
                old.user().createdAt(),
                user.disabledAt());
        Optional<Taken> taken = tables.taken(next, old.user());
        if (taken.isEmpty()) {
            tables.putUser(old, new StoredUser(next, old.roles(), old.tools()));
        }
        return taken;
    }

    @Override
    public boolean delete(String id) {
        Tables tables = unit.write();
        StoredUser row = unit.user(id);
        if (row == null) {
            return false;
        }
        tables.removeUser(row);
        return true;
    }

    @Override
    public Standing standing(String id) {
        return unit.read().standing(unit.tenant(), id);
    }

    @Override
    public List<Holder> holders(Collection<String> roleIds, Collection<String> tools, String after, int limit) {
        List<Holder> page = new ArrayList<>();
        for (Tree.Node<String, StoredUser> entry : unit.read().users.above(after)) {
            if (page.size() >= limit) {
                break;
            }
            StoredUser row = entry.value;
            Holder holder = new Holder(row.user(), both(row.roles(), roleIds), both(row.tools(), tools));
            if (row.user().tenant().equals(unit.tenant())
                    && !(holder.roleIds().isEmpty() && holder.tools().isEmpty())) {
                page.add(holder);
            }
        }
        return page;
    }

    private static Set<String> both(Set<String> some, Collection<String> others) {
        Set<String> both = new HashSet<>(some);
        both.retainAll(others);
        return both;
    }
}
