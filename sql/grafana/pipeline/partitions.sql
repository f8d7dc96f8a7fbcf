-- How far each partition has been read, and by whom.
SELECT topic, partition, max(l.last_offset) AS last_offset, sum(l.records) AS records_read, argMax(l.worker, l.landed_at) AS worker,
       max(l.landed_at) AS last_landed_at
FROM audit_ledger AS l
GROUP BY topic, partition
ORDER BY topic, partition
