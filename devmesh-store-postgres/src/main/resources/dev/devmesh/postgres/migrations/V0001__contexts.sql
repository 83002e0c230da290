-- Ids and the like are compared byte by byte (COLLATE "C"), as Position does.
-- Metadata is json, not jsonb: it comes back as it was written, and 1e300 stays five characters.
CREATE TABLE devmesh.contexts (
    id          text COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id   text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
    agent_id    text NOT NULL,
    name        text NOT NULL,
    metadata    json NOT NULL,
    token_count bigint NOT NULL,
    max_tokens  integer NOT NULL,
    version     bigint NOT NULL,
    last_seq    bigint NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    expires_at  timestamptz,
    UNIQUE (tenant_id, id)
);

CREATE INDEX idx_contexts_tenant_created ON devmesh.contexts (tenant_id, created_at DESC, id DESC);
CREATE INDEX idx_contexts_tenant_agent ON devmesh.contexts (tenant_id, agent_id, created_at DESC, id DESC);
CREATE INDEX idx_contexts_expires ON devmesh.contexts (expires_at) WHERE expires_at IS NOT NULL;

-- words holds, beside the words of the content, one lexeme for the tenant and one for the context: so the one index
-- answers "these words, of this tenant, in this context". The program makes it, because every store finds the same words.
CREATE TABLE devmesh.context_items (
    id          text COLLATE "C" NOT NULL,
    context_id  text COLLATE "C" NOT NULL,
    tenant_id   text COLLATE "C" NOT NULL,
    seq         bigint NOT NULL,
    role        text NOT NULL,
    content     text NOT NULL,
    token_count integer NOT NULL,
    metadata    json NOT NULL,
    created_at  timestamptz NOT NULL,
    words       tsvector NOT NULL,
    PRIMARY KEY (tenant_id, context_id, seq),
    FOREIGN KEY (tenant_id, context_id) REFERENCES devmesh.contexts (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX idx_context_items_words ON devmesh.context_items USING gin (words)
    -- what was inserted last is searched one by one: not too much of it
    WITH (gin_pending_list_limit = 512);

ALTER TABLE devmesh.contexts ENABLE ROW LEVEL SECURITY;
ALTER TABLE devmesh.contexts FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON devmesh.contexts FOR ALL TO devmesh_app
    USING (tenant_id = current_setting('devmesh.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('devmesh.tenant_id', true));
CREATE POLICY system_reads ON devmesh.contexts FOR SELECT TO devmesh_system USING (true);
CREATE POLICY system_purges ON devmesh.contexts FOR DELETE TO devmesh_system USING (true);
CREATE POLICY operator_reads ON devmesh.contexts FOR SELECT TO devmesh_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON devmesh.contexts TO devmesh_app;
GRANT SELECT, DELETE ON devmesh.contexts TO devmesh_system;
GRANT SELECT ON devmesh.contexts TO devmesh_operator;

ALTER TABLE devmesh.context_items ENABLE ROW LEVEL SECURITY;
ALTER TABLE devmesh.context_items FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON devmesh.context_items FOR ALL TO devmesh_app
    USING (tenant_id = current_setting('devmesh.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('devmesh.tenant_id', true));
CREATE POLICY system_reads ON devmesh.context_items FOR SELECT TO devmesh_system USING (true);
CREATE POLICY operator_reads ON devmesh.context_items FOR SELECT TO devmesh_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON devmesh.context_items TO devmesh_app;
GRANT SELECT ON devmesh.context_items TO devmesh_system;
GRANT SELECT ON devmesh.context_items TO devmesh_operator;

-- Under row-level security the application role could not use the index: @@ is not leakproof, so it would run after
-- the policy, on every row of the tenant. This function runs as the system role and asks for the tenant itself.
CREATE FUNCTION devmesh.search_items(question tsquery, within_context text, at_time timestamptz, max_hits integer)
RETURNS TABLE (
    id text, context_id text, seq bigint, role text, content text, token_count integer, metadata json,
    created_at timestamptz, context_name text, score double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    tenant text := current_setting('devmesh.tenant_id', true);
    wanted tsquery;
BEGIN
    IF coalesce(tenant, '') = '' THEN
        RAISE EXCEPTION 'devmesh.tenant_id is not set' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF question IS NULL OR within_context IS NULL OR at_time IS NULL OR max_hits IS NULL THEN
        RAISE EXCEPTION 'search_items takes no NULL' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    wanted := ('''=' || tenant || '''')::tsquery && question;
    IF within_context <> '' THEN
        wanted := ('''#' || replace(replace(within_context, '\', '\\'), '''', '''''') || '''')::tsquery && wanted;
    END IF;
    -- || '' keeps the planner from walking over all items of the tenant by the primary key: the words are to find them.
    RETURN QUERY
        SELECT i.id::text, i.context_id::text, i.seq, i.role, i.content, i.token_count, i.metadata, i.created_at,
               c.name, ts_rank(i.words, question, 1)::double precision
        FROM devmesh.context_items i
        JOIN devmesh.contexts c ON c.tenant_id = i.tenant_id AND c.id = i.context_id
        WHERE i.words @@ wanted
          AND i.tenant_id || '' = tenant
          AND (within_context = '' OR i.context_id = within_context)
          AND (c.expires_at IS NULL OR c.expires_at > at_time)
        ORDER BY 10 DESC, i.created_at DESC, i.seq DESC, i.id DESC
        LIMIT max_hits;
END
$$;

REVOKE ALL ON FUNCTION devmesh.search_items(tsquery, text, timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION devmesh.search_items(tsquery, text, timestamptz, integer) TO devmesh_app;
-- Who is given a function must be able to create one there, for that moment.
GRANT CREATE ON SCHEMA devmesh TO devmesh_system;
ALTER FUNCTION devmesh.search_items(tsquery, text, timestamptz, integer) OWNER TO devmesh_system;
REVOKE CREATE ON SCHEMA devmesh FROM devmesh_system;
