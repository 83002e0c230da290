-- Ids and the like are compared byte by byte (COLLATE "C"), as Position does.
-- Metadata is json, not jsonb: it comes back as it was written, and 1e300 stays five characters. members is one hash for each
-- string, number, boolean or null in it, of the tenant, the name and the value: the program makes it, so that 1 and 1.0 are one.
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
          AND (with_members = '{}' OR i.members <> '{}' AND i.members @> with_members)
          AND (c.expires_at IS NULL OR c.expires_at > at_time)
        ORDER BY 12 DESC, i.created_at DESC, i.seq DESC, i.id DESC
        LIMIT max_hits;
END
$$;

-- The cosine of the question and of each embedding that may be found, one by one. The dot product is written out, number by number,
-- because that takes a quarter of the time of unnest and sum; in groups, because an expression must not be nested too deeply.
-- What is appended to the embedding has it read from where long values are kept once, and not for each of its numbers.
CREATE FUNCTION devmesh.nearest_items(
    question real[], of_model text, within_context text, of_agent text, of_role text, since timestamptz,
    until timestamptz, with_members uuid[], at_time timestamptz, max_hits integer)
RETURNS TABLE (
    id text, context_id text, seq bigint, role text, content text, token_count integer, metadata json, pinned boolean,
    created_at timestamptz, state text, context_name text, score double precision)
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    tenant text := current_setting('devmesh.tenant_id', true);
    question_length double precision := sqrt((SELECT sum(q::double precision * q) FROM unnest(question) q));
    dot_product text;
BEGIN
    IF coalesce(tenant, '') = '' THEN
        RAISE EXCEPTION 'devmesh.tenant_id is not set' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT string_agg(part.terms, '+') INTO dot_product
    FROM (SELECT '(' || string_agg(format('e[%s]*%L::float8', n.place, n.value), '+') || ')' AS terms
          FROM unnest(question) WITH ORDINALITY n(value, place)
          WHERE n.value <> 0
          GROUP BY n.place / 100) part;
    RETURN QUERY EXECUTE format($query$
        SELECT f.id, f.context_id, f.seq, f.role, f.content, f.token_count, f.metadata, f.pinned, f.created_at, f.state,
               f.name, greatest(-1, least(1, (%s) / (f.length * $2)))
        FROM (
            SELECT i.id::text, i.context_id::text, i.seq, i.role, i.content, i.token_count, i.metadata, i.pinned, i.created_at,
                   v.state::text, c.name, v.length, v.embedding || '{}' AS e
            FROM devmesh.vector_embeddings v
            JOIN devmesh.context_items i ON i.tenant_id = v.tenant_id AND i.context_id = v.context_id AND i.seq = v.seq
            JOIN devmesh.contexts c ON c.tenant_id = v.tenant_id AND c.id = v.context_id
            WHERE v.tenant_id = $1
              AND v.model = $3
              AND v.dimensions = $4
              AND ($5 = '' OR v.context_id = $5)
              AND ($6 = '' OR c.agent_id = $6)
              AND ($7 = '' OR i.role = $7)
              AND ($8 = '-infinity' OR i.created_at >= $8)
              AND ($9 = 'infinity' OR i.created_at < $9)
              AND ($10 = '{}' OR i.members <> '{}' AND i.members @> $10)
              AND (c.expires_at IS NULL OR c.expires_at > $11)
            OFFSET 0) f
        ORDER BY 12 DESC, f.created_at DESC, f.seq DESC, f.id COLLATE "C" DESC
        LIMIT $12
        $query$, dot_product)
    USING tenant, question_length, of_model, cardinality(question), within_context, of_agent, of_role, since, until,
          with_members, at_time, max_hits;
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
