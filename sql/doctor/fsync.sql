-- Landing tables whose inserts return before their rows are on the disk.
SELECT name
FROM system.tables
WHERE database = currentDatabase() AND name IN ('events', 'verdicts', 'excerpts', 'signals_minute', 'signals_hour', 'signals_day', 'ledger')
  AND engine_full NOT LIKE '%fsync_after_insert = 1%'
ORDER BY name
