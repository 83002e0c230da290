-- Ids and the like are compared byte by byte (COLLATE "C"), as Position does.
-- Metadata is json, not jsonb: it comes back as it was written, and 1e300 stays five characters. members is one hash for each
-- string, number, boolean or null in it, of its name and value: the program makes it, so that 1 and 1.0 are one.
CREATE TABLE devmesh.contexts (
    id          text COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id   text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
    agent_id    text NOT NULL,
    name        text NOT NULL,
    metadata    json NOT NULL,
    members     uuid[] NOT NULL,
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
    members     uuid[] NOT NULL,
    pinned      boolean NOT NULL,
    created_at  timestamptz NOT NULL,
    words       tsvector NOT NULL,
    PRIMARY KEY (tenant_id, context_id, seq),
    FOREIGN KEY (tenant_id, context_id) REFERENCES devmesh.contexts (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX idx_context_items_words ON devmesh.context_items USING gin (words)
    -- what was inserted last is searched one by one: not too much of it
    WITH (gin_pending_list_limit = 512);

-- What is known of the meaning of an item, one row for each. It is not in context_items, because every change of a row there would
-- write all its words into the index once more. due_at is when a pending one may be lent; length is that of the embedding.
CREATE TABLE devmesh.vector_embeddings (
    tenant_id    text COLLATE "C" NOT NULL,
    context_id   text COLLATE "C" NOT NULL,
    seq          bigint NOT NULL,
    item_id      text COLLATE "C" NOT NULL,
    state        text COLLATE "C" NOT NULL CHECK (state IN ('pending', 'done', 'failed')),
    due_at       timestamptz NOT NULL,
    attempts     integer NOT NULL DEFAULT 0,
    reason       text NOT NULL DEFAULT '',
    model        text COLLATE "C",
    content_hash text COLLATE "C",
    dimensions   integer,
    length       double precision,
    embedding    real[],
    PRIMARY KEY (tenant_id, context_id, seq),
    FOREIGN KEY (tenant_id, context_id, seq) REFERENCES devmesh.context_items (tenant_id, context_id, seq)
        ON DELETE CASCADE,
    CHECK (num_nulls(model, content_hash, dimensions, length, embedding) IN (0, 5)),
    CHECK (state <> 'done' OR embedding IS NOT NULL)
);

-- Numbers of this kind do not compress; trying takes time.
ALTER TABLE devmesh.vector_embeddings ALTER COLUMN embedding SET STORAGE EXTERNAL;

CREATE INDEX idx_vector_embeddings_due ON devmesh.vector_embeddings (due_at, context_id, seq) WHERE state = 'pending';
CREATE INDEX idx_vector_embeddings_failed ON devmesh.vector_embeddings (tenant_id) WHERE state = 'failed';
CREATE INDEX idx_vector_embeddings_text ON devmesh.vector_embeddings (model, tenant_id, content_hash)
    WHERE model IS NOT NULL;

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

ALTER TABLE devmesh.vector_embeddings ENABLE ROW LEVEL SECURITY;
ALTER TABLE devmesh.vector_embeddings FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON devmesh.vector_embeddings FOR ALL TO devmesh_app
    USING (tenant_id = current_setting('devmesh.tenant_id', true))
    WITH CHECK (tenant_id = current_setting('devmesh.tenant_id', true));
CREATE POLICY system_reads ON devmesh.vector_embeddings FOR SELECT TO devmesh_system USING (true);
CREATE POLICY system_lends ON devmesh.vector_embeddings FOR UPDATE TO devmesh_system USING (true) WITH CHECK (true);
CREATE POLICY operator_reads ON devmesh.vector_embeddings FOR SELECT TO devmesh_operator USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON devmesh.vector_embeddings TO devmesh_app;
GRANT SELECT, UPDATE (state, due_at, attempts, reason) ON devmesh.vector_embeddings TO devmesh_system;
GRANT SELECT ON devmesh.vector_embeddings TO devmesh_operator;

-- Under row-level security the application role could not use the index: @@ is not leakproof, so it would run after
-- the policy, on every row of the tenant. This function runs as the system role and asks for the tenant itself.
-- A filter that is not wanted is '' or, for members, {}. Planned for its values each time, since those decide what is quick.
CREATE FUNCTION devmesh.search_items(
    question tsquery, within_context text, of_agent text, of_role text, since timestamptz, until timestamptz,
    with_members uuid[], at_time timestamptz, max_hits integer)
RETURNS TABLE (
    id text, context_id text, seq bigint, role text, content text, token_count integer, metadata json, pinned boolean,
    created_at timestamptz, state text, context_name text, score double precision)
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    tenant text := current_setting('devmesh.tenant_id', true);
    wanted tsquery;
BEGIN
    IF coalesce(tenant, '') = '' THEN
        RAISE EXCEPTION 'devmesh.tenant_id is not set' USING ERRCODE = 'insufficient_privilege';
    END IF;
    wanted := ('''=' || tenant || '''')::tsquery && question;
    IF within_context <> '' THEN
        wanted := ('''#' || replace(replace(within_context, '\', '\\'), '''', '''''') || '''')::tsquery && wanted;
    END IF;
    -- || '' keeps the planner from walking over all items of the tenant by the primary key: the words are to find them.
    RETURN QUERY
        SELECT i.id::text, i.context_id::text, i.seq, i.role, i.content, i.token_count, i.metadata, i.pinned, i.created_at,
               (SELECT v.state::text FROM devmesh.vector_embeddings v
                WHERE v.tenant_id = i.tenant_id AND v.context_id = i.context_id AND v.seq = i.seq),
               c.name, ts_rank(i.words, question, 1)::double precision
        FROM devmesh.context_items i
        JOIN devmesh.contexts c ON c.tenant_id = i.tenant_id AND c.id = i.context_id
        WHERE i.words @@ wanted
          AND i.tenant_id || '' = tenant
          AND (within_context = '' OR i.context_id = within_context)
          AND (of_agent = '' OR c.agent_id = of_agent)
          AND (of_role = '' OR i.role = of_role)
          AND (since = '-infinity' OR i.created_at >= since)
          AND (until = 'infinity' OR i.created_at < until)
          AND (with_members = '{}' OR i.members @> with_members)
          AND (c.expires_at IS NULL OR c.expires_at > at_time)
        ORDER BY 12 DESC, i.created_at DESC, i.seq DESC, i.id DESC
        LIMIT max_hits;
END
$$;

-- The cosine of each embedding that may be found and the question, one by one.
CREATE FUNCTION devmesh.nearest_items(
    question real[], of_model text, within_context text, of_agent text, of_role text, since timestamptz,
    until timestamptz, with_members uuid[], at_time timestamptz, max_hits integer)
RETURNS TABLE (
    id text, context_id text, seq bigint, role text, content text, token_count integer, metadata json, pinned boolean,
    created_at timestamptz, state text, context_name text, score double precision)
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    tenant text := current_setting('devmesh.tenant_id', true);
    question_length double precision := sqrt((SELECT sum(q::double precision * q) FROM unnest(question) q));
BEGIN
    IF coalesce(tenant, '') = '' THEN
        RAISE EXCEPTION 'devmesh.tenant_id is not set' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY
        SELECT i.id::text, i.context_id::text, i.seq, i.role, i.content, i.token_count, i.metadata, i.pinned, i.created_at,
               v.state::text, c.name,
               greatest(-1, least(1, (SELECT sum(a::double precision * b) FROM unnest(v.embedding, question) n(a, b))
                                     / (v.length * question_length)))
        FROM devmesh.vector_embeddings v
        JOIN devmesh.context_items i ON i.tenant_id = v.tenant_id AND i.context_id = v.context_id AND i.seq = v.seq
        JOIN devmesh.contexts c ON c.tenant_id = v.tenant_id AND c.id = v.context_id
        WHERE v.tenant_id = tenant
          AND v.model = of_model
          AND v.dimensions = cardinality(question)
          AND (within_context = '' OR v.context_id = within_context)
          AND (of_agent = '' OR c.agent_id = of_agent)
          AND (of_role = '' OR i.role = of_role)
          AND (since = '-infinity' OR i.created_at >= since)
          AND (until = 'infinity' OR i.created_at < until)
          AND (with_members = '{}' OR i.members @> with_members)
          AND (c.expires_at IS NULL OR c.expires_at > at_time)
        ORDER BY 12 DESC, i.created_at DESC, i.seq DESC, i.id DESC
        LIMIT max_hits;
END
$$;

REVOKE ALL ON FUNCTION devmesh.search_items(
    tsquery, text, text, text, timestamptz, timestamptz, uuid[], timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION devmesh.search_items(
    tsquery, text, text, text, timestamptz, timestamptz, uuid[], timestamptz, integer) TO devmesh_app;
REVOKE ALL ON FUNCTION devmesh.nearest_items(
    real[], text, text, text, text, timestamptz, timestamptz, uuid[], timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION devmesh.nearest_items(
    real[], text, text, text, text, timestamptz, timestamptz, uuid[], timestamptz, integer) TO devmesh_app;
-- Who is given a function must be able to create one there, for that moment.
GRANT CREATE ON SCHEMA devmesh TO devmesh_system;
ALTER FUNCTION devmesh.search_items(
    tsquery, text, text, text, timestamptz, timestamptz, uuid[], timestamptz, integer) OWNER TO devmesh_system;
ALTER FUNCTION devmesh.nearest_items(
    real[], text, text, text, text, timestamptz, timestamptz, uuid[], timestamptz, integer) OWNER TO devmesh_system;
REVOKE CREATE ON SCHEMA devmesh FROM devmesh_system;
