"""Hot statements by name. Parameters are arrays, so that any number of rows costs one round trip."""

# New files; those whose path is taken are left alone and not answered. One array per column.
INSERT_FILES = """
INSERT INTO records_file (resource_id, path, object, size, md5, crc32, content, format, description, tags, created_by)
SELECT %(resource)s, path, object, size, md5, crc32, content, format, description, tags::jsonb, %(by)s
FROM unnest(%(paths)s::text[], %(objects)s::text[], %(sizes)s::bigint[], %(md5s)s::text[], %(crc32s)s::bigint[], %(contents)s::text[],
            %(formats)s::text[], %(descriptions)s::text[], %(tags)s::text[])
     AS new(path, object, size, md5, crc32, content, format, description, tags)
ON CONFLICT (resource_id, path) DO NOTHING
RETURNING path, key
"""

# What is there under these paths, locked until the end of the transaction, in an order that no two writers can cross.
LOCK_FILES = """
SELECT path, key, object FROM records_file WHERE resource_id = %(resource)s AND path = ANY(%(paths)s) ORDER BY path FOR UPDATE
"""

# What was derived from bytes that are being replaced.
DROP_INSTANCES = """
DELETE FROM records_instance WHERE file_id = ANY(%(keys)s)
"""

# New bytes under old paths; the keys are those that LOCK_FILES answered.
REPLACE_FILES = """
UPDATE records_file f
SET object = new.object, size = new.size, md5 = new.md5, crc32 = new.crc32, content = coalesce(nullif(new.content, ''), f.content),
    format = coalesce(nullif(new.format, ''), f.format), description = coalesce(nullif(new.description, ''), f.description),
    tags = CASE WHEN new.tags = '[]' THEN f.tags ELSE new.tags::jsonb END, modified_at = now()
FROM unnest(%(keys)s::bigint[], %(objects)s::text[], %(sizes)s::bigint[], %(md5s)s::text[], %(crc32s)s::bigint[], %(contents)s::text[],
            %(formats)s::text[], %(descriptions)s::text[], %(tags)s::text[])
     AS new(key, object, size, md5, crc32, content, format, description, tags)
WHERE f.key = new.key
RETURNING f.path, f.key
"""

# A file where one of the new paths needs a folder, or a folder (that is: anything below) where a new path wants a file.
# `path` has the collation C, so what lies below p is exactly the range from p || '/' to p || '0', the next character. The LIMIT
# within keeps the planner from turning the look-ups by index into a join of everything with everything.
BLOCKED = """
SELECT path FROM records_file WHERE resource_id = %(resource)s AND path = ANY(%(folders)s)
UNION ALL
SELECT new.path FROM unnest(%(paths)s::text[]) AS new(path), LATERAL (
    SELECT 1 FROM records_file f WHERE f.resource_id = %(resource)s AND f.path > new.path || '/' AND f.path < new.path || '0' LIMIT 1) AS below
LIMIT 1
"""

# Files by path, or below a folder; the objects that they named.
REMOVE_FILES = """
WITH gone AS (
    SELECT key, path, object FROM records_file WHERE resource_id = %(resource)s AND (path = %(path)s OR (path > %(low)s AND path < %(high)s))),
stale AS (DELETE FROM records_instance WHERE file_id IN (SELECT key FROM gone)),
removed AS (DELETE FROM records_file WHERE key IN (SELECT key FROM gone))
SELECT path, object FROM gone ORDER BY path
"""


def _named(table: str, shares: str, link: str) -> str:
    return f"""
    SELECT key FROM (
        SELECT key, 0 AS rank FROM {table} WHERE project_id = %(project)s AND label = %(ref)s
        UNION ALL SELECT {link}, 1 FROM {shares} WHERE project_id = %(project)s AND label = %(ref)s
        UNION ALL SELECT t.key, CASE WHEN s.label = '' THEN 2 ELSE 4 END FROM {shares} s JOIN {table} t ON t.key = s.{link}
            WHERE s.project_id = %(project)s AND t.label = %(ref)s
        UNION ALL SELECT t.key, 3 FROM {table} t WHERE t.id = %(ref)s AND (t.project_id = %(project)s
            OR EXISTS (SELECT 1 FROM {shares} s WHERE s.{link} = t.key AND s.project_id = %(project)s))
    ) found WHERE rank <= %(rank)s GROUP BY key ORDER BY min(rank), key
    """


# Keys of what a name means in a project, the best first. Ranks: 0 own label, 1 label of its share, 2 its own where the share gives
# none, 3 accession ID, 4 its own where the share gives another. Up to 2 it is the label that it has there.
SUBJECTS_NAMED = _named("records_subject", "records_subjectshare", "subject_id")
EXPERIMENTS_NAMED = _named("records_experiment", "records_experimentshare", "experiment_id")

# IDs of the projects that answer to a name as ID or alias, without case: by the indexes that keep those unique.
PROJECTS_NAMED = """
SELECT id FROM records_project WHERE lower(id) = lower(%(ref)s)
UNION SELECT project_id FROM records_projectalias WHERE lower(alias) = lower(%(ref)s)
"""
