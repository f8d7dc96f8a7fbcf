-- Every table that holds rows, with the TTL that the database itself has for it (empty: kept without end), and the column that tells how old a row is.
SELECT name AS table, extract(engine_full, ' TTL (.+?)(?: SETTINGS .*)?$') AS ends,
       if(ends != '', extract(ends, '^(?:toDateTime\\()?(\\w+)'), extract(partition_key, '\\((\\w+)\\)')) AS column
FROM system.tables
WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND name NOT LIKE 'schema_%'
ORDER BY name
