-- Parts of tables that name people, replaced before the newest removal was complete and still on the disk: later ones hold what was left.
SELECT database, table, count() AS parts
FROM system.parts
WHERE NOT active AND database = currentDatabase() AND table IN {tables:Array(String)}
  AND remove_time <= (SELECT max(completed_at) FROM erasures FINAL)
GROUP BY database, table
ORDER BY table
