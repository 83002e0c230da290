-- A tenant without a row is active; one that was deleted keeps its row, so that nobody uses its id again.
CREATE TABLE devmesh.tenants (
    id           text COLLATE "C" NOT NULL PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9._-]{1,64}$'),
    name         text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL DEFAULT now(),
    suspended_at timestamptz,
    deleted_at   timestamptz
);

CREATE INDEX idx_tenants_created ON devmesh.tenants (created_at DESC, id DESC);

-- Ids are unique among all tenants: tool_permissions and user_roles find the tenant by them. email and subject may be ''.
CREATE TABLE devmesh.users (
    id          text COLLATE "C" NOT NULL PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{1,64}$'),
    tenant_id   text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
    email       text COLLATE "C" NOT NULL DEFAULT '',
    name        text NOT NULL DEFAULT '',
    subject     text COLLATE "C" NOT NULL DEFAULT '',
    disabled_at timestamptz,
    created_at  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (tenant_id, id)
);

CREATE UNIQUE INDEX idx_users_tenant_email ON devmesh.users (tenant_id, email) WHERE email <> '';
CREATE UNIQUE INDEX idx_users_tenant_subject ON devmesh.users (tenant_id, subject) WHERE subject <> '';
CREATE INDEX idx_users_tenant_created ON devmesh.users (tenant_id, created_at DESC, id DESC);

CREATE TABLE devmesh.roles (
    id        text COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
    name      text COLLATE "C" NOT NULL CHECK (name ~ '^[a-z][a-z0-9_-]{0,63}$'),
    built_in  boolean NOT NULL DEFAULT false,
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, name)
);

-- What may be allowed, the same for all tenants; each id is what scopes call it. One word stands for all of its actions.
CREATE TABLE devmesh.permissions (
    id       text COLLATE "C" NOT NULL PRIMARY KEY,
    resource text NOT NULL,
    action   text NOT NULL,
    UNIQUE (resource, action)
);

INSERT INTO devmesh.permissions (id, resource, action) VALUES
    ('admin', '*', '*'),
    ('contexts', 'contexts', '*'),
    ('contexts:read', 'contexts', 'read'),
    ('contexts:write', 'contexts', 'write'),
    ('data', 'data', '*'),
    ('data:erase', 'data', 'erase'),
    ('tools', 'tools', '*'),
    ('tools:execute', 'tools', 'execute'),
    ('resources', 'resources', '*'),
    ('resources:read', 'resources', 'read'),
    ('prompts', 'prompts', '*'),
    ('prompts:get', 'prompts', 'get'),
    ('jobs', 'jobs', '*'),
    ('jobs:read', 'jobs', 'read'),
    ('jobs:write', 'jobs', 'write'),
    ('keys', 'keys', '*'),
    ('keys:read', 'keys', 'read'),
    ('keys:write', 'keys', 'write'),
    ('users', 'users', '*'),
    ('users:read', 'users', 'read'),
    ('users:write', 'users', 'write'),
    ('audit', 'audit', '*'),
    ('audit:read', 'audit', 'read'),
    ('platform', 'platform', '*'),
    ('platform:tenants', 'platform', 'tenants');

GRANT SELECT ON devmesh.permissions TO PUBLIC;

-- name narrows a permission to the tool, resource or prompt of that name, as in tools:execute:github; '' is all of them. scope is the
-- whole as credentials have it.
CREATE TABLE devmesh.role_permissions (
    role_id       text COLLATE "C" NOT NULL,
    permission_id text COLLATE "C" NOT NULL REFERENCES devmesh.permissions (id),
    name          text COLLATE "C" NOT NULL DEFAULT '' CHECK (name ~ '^([A-Za-z0-9_.*-]+(:[A-Za-z0-9_.*-]+)*)?$'),
    tenant_id     text COLLATE "C" NOT NULL,
    resource      text NOT NULL,
    action        text NOT NULL,
    scope         text COLLATE "C" NOT NULL GENERATED ALWAYS AS (
                      CASE name WHEN '' THEN permission_id ELSE permission_id || ':' || name END) STORED,
    PRIMARY KEY (role_id, permission_id, name),
    FOREIGN KEY (tenant_id, role_id) REFERENCES devmesh.roles (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX idx_role_permissions_tenant ON devmesh.role_permissions (tenant_id, role_id);

CREATE TABLE devmesh.user_roles (
    user_id   text COLLATE "C" NOT NULL,
    role_id   text COLLATE "C" NOT NULL,
    tenant_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (user_id, role_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES devmesh.users (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, role_id) REFERENCES devmesh.roles (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX idx_user_roles_tenant_user ON devmesh.user_roles (tenant_id, user_id);
CREATE INDEX idx_user_roles_tenant_role ON devmesh.user_roles (tenant_id, role_id);

-- tool_name is a tool, or a provider: then all of its tools.
CREATE TABLE devmesh.tool_permissions (
    user_id    text COLLATE "C" NOT NULL,
    tool_name  text COLLATE "C" NOT NULL CHECK (tool_name ~ '^[A-Za-z0-9_.*-]+$'),
    permission text COLLATE "C" NOT NULL DEFAULT 'execute' CHECK (permission = 'execute'),
    tenant_id  text COLLATE "C" NOT NULL,
    PRIMARY KEY (user_id, tool_name, permission),
    FOREIGN KEY (tenant_id, user_id) REFERENCES devmesh.users (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX idx_tool_permissions_tenant_user ON devmesh.tool_permissions (tenant_id, user_id);
CREATE INDEX idx_tool_permissions_tenant_tool ON devmesh.tool_permissions (tenant_id, tool_name);

-- Compared with users.id. This changes no row.
ALTER TABLE devmesh.api_keys ALTER COLUMN user_id TYPE text COLLATE "C";
CREATE INDEX idx_api_keys_tenant_user ON devmesh.api_keys (tenant_id, user_id);

-- These triggers let people write down who may do what without naming the tenant, and the same thing twice. They run with the rights of who
-- writes: a user or role of a tenant that those do not show is not found, and the policies of the table itself hold as well.
CREATE FUNCTION devmesh.require_tenant(actual text, given text, what text) RETURNS text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    worked_for text := coalesce(current_setting('devmesh.tenant_id', true), '');
BEGIN
    IF actual IS NULL OR actual <> given OR worked_for NOT IN ('', actual) THEN
        RAISE EXCEPTION 'there is no %', what USING ERRCODE = 'foreign_key_violation',
            HINT = 'See the tables users, roles and permissions for what there is, and devmesh.tenant_id for the tenant.';
    END IF;
    RETURN actual;
END
$$;

CREATE FUNCTION devmesh.complete_user_role() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.tenant_id := devmesh.require_tenant(
        (SELECT u.tenant_id FROM devmesh.users u WHERE u.id = NEW.user_id), NEW.tenant_id, 'user ' || NEW.user_id);
    PERFORM devmesh.require_tenant(
        (SELECT r.tenant_id FROM devmesh.roles r WHERE r.id = NEW.role_id), NEW.tenant_id,
        'role ' || NEW.role_id || ' in the tenant of user ' || NEW.user_id);
    IF TG_OP = 'INSERT' AND EXISTS (
        SELECT 1 FROM devmesh.user_roles t WHERE t.user_id = NEW.user_id AND t.role_id = NEW.role_id) THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION devmesh.complete_tool_permission() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.tenant_id := devmesh.require_tenant(
        (SELECT u.tenant_id FROM devmesh.users u WHERE u.id = NEW.user_id), NEW.tenant_id, 'user ' || NEW.user_id);
    IF TG_OP = 'INSERT' AND EXISTS (
        SELECT 1 FROM devmesh.tool_permissions t
        WHERE t.user_id = NEW.user_id AND t.tool_name = NEW.tool_name AND t.permission = NEW.permission) THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION devmesh.complete_role_permission() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.tenant_id := devmesh.require_tenant(
        (SELECT r.tenant_id FROM devmesh.roles r WHERE r.id = NEW.role_id), NEW.tenant_id, 'role ' || NEW.role_id);
    SELECT p.resource, p.action INTO NEW.resource, NEW.action FROM devmesh.permissions p WHERE p.id = NEW.permission_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no permission %', NEW.permission_id USING ERRCODE = 'foreign_key_violation',
            HINT = 'See the table permissions for what there is.';
    END IF;
    IF TG_OP = 'INSERT' AND EXISTS (
        SELECT 1 FROM devmesh.role_permissions t
        WHERE t.role_id = NEW.role_id AND t.permission_id = NEW.permission_id AND t.name = NEW.name) THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER complete BEFORE INSERT OR UPDATE ON devmesh.user_roles
    FOR EACH ROW EXECUTE FUNCTION devmesh.complete_user_role();
CREATE TRIGGER complete BEFORE INSERT OR UPDATE ON devmesh.tool_permissions
    FOR EACH ROW EXECUTE FUNCTION devmesh.complete_tool_permission();
CREATE TRIGGER complete BEFORE INSERT OR UPDATE ON devmesh.role_permissions
    FOR EACH ROW EXECUTE FUNCTION devmesh.complete_role_permission();

-- An operator who sets devmesh.tenant_id sees and changes the access of that tenant only, else of all.
ALTER TABLE devmesh.tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE devmesh.tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON devmesh.tenants FOR ALL TO devmesh_app
    USING (id = current_setting('devmesh.tenant_id', true))
    WITH CHECK (id = current_setting('devmesh.tenant_id', true));
CREATE POLICY system_keeps ON devmesh.tenants FOR ALL TO devmesh_system USING (true) WITH CHECK (true);
CREATE POLICY operator_reads ON devmesh.tenants FOR SELECT TO devmesh_operator
    USING (coalesce(current_setting('devmesh.tenant_id', true), '') IN ('', id));
GRANT SELECT ON devmesh.tenants TO devmesh_app;
GRANT SELECT, INSERT, UPDATE ON devmesh.tenants TO devmesh_system;
GRANT SELECT ON devmesh.tenants TO devmesh_operator;

ALTER TABLE devmesh.users ENABLE ROW LEVEL SECURITY;
ALTER TABLE devmesh.users FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON devmesh.users FOR ALL TO devmesh_app
    USING (tenant_id = current_setting('devmesh.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('devmesh.tenant_id', true));
CREATE POLICY system_reads ON devmesh.users FOR SELECT TO devmesh_system USING (true);
CREATE POLICY operator_reads ON devmesh.users FOR SELECT TO devmesh_operator
    USING (coalesce(current_setting('devmesh.tenant_id', true), '') IN ('', tenant_id));
GRANT SELECT, INSERT, UPDATE, DELETE ON devmesh.users TO devmesh_app;
GRANT SELECT ON devmesh.users TO devmesh_system;
GRANT SELECT ON devmesh.users TO devmesh_operator;

ALTER TABLE devmesh.roles ENABLE ROW LEVEL SECURITY;
ALTER TABLE devmesh.roles FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON devmesh.roles FOR ALL TO devmesh_app
    USING (tenant_id = current_setting('devmesh.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('devmesh.tenant_id', true));
CREATE POLICY system_reads ON devmesh.roles FOR SELECT TO devmesh_system USING (true);
CREATE POLICY operator_reads ON devmesh.roles FOR SELECT TO devmesh_operator
    USING (coalesce(current_setting('devmesh.tenant_id', true), '') IN ('', tenant_id));
GRANT SELECT, INSERT, UPDATE, DELETE ON devmesh.roles TO devmesh_app;
GRANT SELECT ON devmesh.roles TO devmesh_system;
GRANT SELECT ON devmesh.roles TO devmesh_operator;

ALTER TABLE devmesh.role_permissions ENABLE ROW LEVEL SECURITY;
ALTER TABLE devmesh.role_permissions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON devmesh.role_permissions FOR ALL TO devmesh_app
    USING (tenant_id = current_setting('devmesh.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('devmesh.tenant_id', true));
CREATE POLICY system_reads ON devmesh.role_permissions FOR SELECT TO devmesh_system USING (true);
CREATE POLICY operator_grants ON devmesh.role_permissions FOR ALL TO devmesh_operator
    USING (coalesce(current_setting('devmesh.tenant_id', true), '') IN ('', tenant_id))
    WITH CHECK (coalesce(current_setting('devmesh.tenant_id', true), '') IN ('', tenant_id));
GRANT SELECT, INSERT, UPDATE, DELETE ON devmesh.role_permissions TO devmesh_app, devmesh_operator;
GRANT SELECT ON devmesh.role_permissions TO devmesh_system;

ALTER TABLE devmesh.user_roles ENABLE ROW LEVEL SECURITY;
ALTER TABLE devmesh.user_roles FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON devmesh.user_roles FOR ALL TO devmesh_app
    USING (tenant_id = current_setting('devmesh.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('devmesh.tenant_id', true));
CREATE POLICY system_reads ON devmesh.user_roles FOR SELECT TO devmesh_system USING (true);
CREATE POLICY operator_grants ON devmesh.user_roles FOR ALL TO devmesh_operator
    USING (coalesce(current_setting('devmesh.tenant_id', true), '') IN ('', tenant_id))
    WITH CHECK (coalesce(current_setting('devmesh.tenant_id', true), '') IN ('', tenant_id));
GRANT SELECT, INSERT, UPDATE, DELETE ON devmesh.user_roles TO devmesh_app, devmesh_operator;
GRANT SELECT ON devmesh.user_roles TO devmesh_system;

ALTER TABLE devmesh.tool_permissions ENABLE ROW LEVEL SECURITY;
ALTER TABLE devmesh.tool_permissions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON devmesh.tool_permissions FOR ALL TO devmesh_app
    USING (tenant_id = current_setting('devmesh.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('devmesh.tenant_id', true));
CREATE POLICY system_reads ON devmesh.tool_permissions FOR SELECT TO devmesh_system USING (true);
CREATE POLICY operator_grants ON devmesh.tool_permissions FOR ALL TO devmesh_operator
    USING (coalesce(current_setting('devmesh.tenant_id', true), '') IN ('', tenant_id))
    WITH CHECK (coalesce(current_setting('devmesh.tenant_id', true), '') IN ('', tenant_id));
GRANT SELECT, INSERT, UPDATE, DELETE ON devmesh.tool_permissions TO devmesh_app, devmesh_operator;
GRANT SELECT ON devmesh.tool_permissions TO devmesh_system;
