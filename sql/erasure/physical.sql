-- Every table of every database that keeps rows of its own, with the columns that are stored.
SELECT c.database AS database, c.table AS table, any(t.total_rows) AS rows, groupArray(c.name) AS columns
FROM system.columns AS c
INNER JOIN (SELECT database, name, total_rows FROM system.tables WHERE has_own_data AND engine NOT LIKE 'System%') AS t
    ON t.database = c.database AND t.name = c.table
WHERE c.default_kind NOT IN ('ALIAS', 'EPHEMERAL')
GROUP BY database, table
ORDER BY database, table
