-- Rows of every table as its parts hold them, copies included.
SELECT table, sum(rows) AS rows FROM system.parts WHERE active AND database = currentDatabase() GROUP BY table ORDER BY table
