-- Made for one model, by whoever migrates; whose the functions were before is the only one who may remove them.
SET LOCAL ROLE devmesh_system;
DROP FUNCTION IF EXISTS devmesh.nearest_by_index;
DROP FUNCTION IF EXISTS devmesh.nearest_items_indexed;
RESET ROLE;

-- Where the extension vector is: the items that the index finds nearest, as keys and roughly in order. It goes on until it has enough
-- that pass the filter or has looked at so many that it gives up. Other plans would not use the index, so there are none.
CREATE FUNCTION devmesh.nearest_by_index(
    question real[], tenant text, within_context text, of_agent text, of_role text, since timestamptz,
    until timestamptz, with_members uuid[], at_time timestamptz, max_hits integer)
RETURNS TABLE (context_id text, seq bigint)
LANGUAGE plpgsql STABLE STRICT
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_sort = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET hnsw.iterative_scan = 'relaxed_order'
SET hnsw.ef_search = 200
SET hnsw.max_scan_tuples = 40000
SET hnsw.scan_mem_multiplier = 4
AS $$
BEGIN
    RETURN QUERY
        SELECT v.context_id::text, v.seq
        FROM devmesh.vector_embeddings v
        JOIN devmesh.context_items i ON i.tenant_id = v.tenant_id AND i.context_id = v.context_id AND i.seq = v.seq
        JOIN devmesh.contexts c ON c.tenant_id = v.tenant_id AND c.id = v.context_id
        WHERE v.tenant_id = tenant
          AND v.model = ${model} AND v.dimensions = ${dimensions}
          AND (within_context = '' OR v.context_id = within_context)
          AND (of_agent = '' OR c.agent_id = of_agent)
          AND (of_role = '' OR i.role = of_role)
          AND (since = '-infinity' OR i.created_at >= since)
          AND (until = 'infinity' OR i.created_at < until)
          AND (with_members = '{}' OR i.members <> '{}' AND i.members @> with_members)
          AND (c.expires_at IS NULL OR c.expires_at > at_time)
        ORDER BY (v.embedding::${type}) OPERATOR(${schema}.<=>) question::${type}
        LIMIT max_hits;
END
$$;

-- As nearest_items, and by the index where there are more embeddings than can be looked at one by one in no time. What the index
-- finds is ranked by the embeddings themselves; where it finds too few, each one is looked at after all.
CREATE FUNCTION devmesh.nearest_items_indexed(
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
    each_at_most CONSTANT integer := 10000;
    candidates CONSTANT integer := 2 * max_hits + 10;
    contexts text[];
    seqs bigint[];
BEGIN
    IF coalesce(tenant, '') = '' THEN
        RAISE EXCEPTION 'devmesh.tenant_id is not set' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF of_model <> ${model} OR cardinality(question) <> ${dimensions} THEN
        RETURN QUERY SELECT * FROM devmesh.nearest_items(
            question, of_model, within_context, of_agent, of_role, since, until, with_members, at_time, max_hits);
        RETURN;
    END IF;
    -- What an index knows without looking at the items: whose they are, of which context, with which metadata.
    IF each_at_most < (
        SELECT count(*)
        FROM (SELECT 1 FROM devmesh.context_items i
              WHERE i.tenant_id = tenant
                AND (within_context = '' OR i.context_id = within_context)
                AND (with_members = '{}' OR i.members <> '{}' AND i.members @> with_members)
              LIMIT each_at_most + 1) few)
    THEN
        SELECT array_agg(n.context_id), array_agg(n.seq) INTO contexts, seqs
        FROM devmesh.nearest_by_index(
            question, tenant, within_context, of_agent, of_role, since, until, with_members, at_time, candidates) n;
    END IF;
    IF coalesce(cardinality(seqs), 0) < max_hits THEN
        SELECT array_agg(n.context_id), array_agg(n.seq) INTO contexts, seqs
        FROM (
            SELECT v.context_id, v.seq
            FROM devmesh.vector_embeddings v
            JOIN devmesh.context_items i ON i.tenant_id = v.tenant_id AND i.context_id = v.context_id AND i.seq = v.seq
            JOIN devmesh.contexts c ON c.tenant_id = v.tenant_id AND c.id = v.context_id
            WHERE v.tenant_id = tenant
              AND v.model = ${model} AND v.dimensions = ${dimensions}
              AND (within_context = '' OR v.context_id = within_context)
              AND (of_agent = '' OR c.agent_id = of_agent)
              AND (of_role = '' OR i.role = of_role)
              AND (since = '-infinity' OR i.created_at >= since)
              AND (until = 'infinity' OR i.created_at < until)
              AND (with_members = '{}' OR i.members <> '{}' AND i.members @> with_members)
              AND (c.expires_at IS NULL OR c.expires_at > at_time)
            -- Not the index's expression: its plan would be the one that has just found too few.
            ORDER BY ((v.embedding::${type}) OPERATOR(${schema}.<=>) question::${type}) + 0,
                     i.created_at DESC, i.seq DESC, i.id DESC
            LIMIT candidates) n;
    END IF;
    RETURN QUERY
        SELECT i.id::text, i.context_id::text, i.seq, i.role, i.content, i.token_count, i.metadata, i.pinned, i.created_at,
               v.state::text, c.name,
               greatest(-1, least(1, (SELECT sum(a::double precision * b) FROM unnest(v.embedding, question) n(a, b))
                                     / (v.length * question_length)))
        FROM unnest(contexts, seqs) n(context_id, seq)
        JOIN devmesh.vector_embeddings v ON v.tenant_id = tenant AND v.context_id = n.context_id AND v.seq = n.seq
        JOIN devmesh.context_items i ON i.tenant_id = tenant AND i.context_id = n.context_id AND i.seq = n.seq
        JOIN devmesh.contexts c ON c.tenant_id = tenant AND c.id = n.context_id
        ORDER BY 12 DESC, i.created_at DESC, i.seq DESC, i.id DESC
        LIMIT max_hits;
END
$$;

REVOKE ALL ON FUNCTION devmesh.nearest_by_index(
    real[], text, text, text, text, timestamptz, timestamptz, uuid[], timestamptz, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION devmesh.nearest_items_indexed(
    real[], text, text, text, text, timestamptz, timestamptz, uuid[], timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION devmesh.nearest_items_indexed(
    real[], text, text, text, text, timestamptz, timestamptz, uuid[], timestamptz, integer) TO devmesh_app;
COMMENT ON FUNCTION devmesh.nearest_items_indexed IS '${hash}';
GRANT CREATE ON SCHEMA devmesh TO devmesh_system;
ALTER FUNCTION devmesh.nearest_by_index(
    real[], text, text, text, text, timestamptz, timestamptz, uuid[], timestamptz, integer) OWNER TO devmesh_system;
ALTER FUNCTION devmesh.nearest_items_indexed(
    real[], text, text, text, text, timestamptz, timestamptz, uuid[], timestamptz, integer) OWNER TO devmesh_system;
REVOKE CREATE ON SCHEMA devmesh FROM devmesh_system;
