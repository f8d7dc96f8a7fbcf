-- question: How far has each partition been read?
-- owner: platform
-- grain: one row per partition
SELECT topic, partition, max(last_offset) AS last_offset, sum(records) AS all_records, argMax(worker, landed_at) AS last_worker,
       max(l.landed_at) AS last_landed_at
FROM audit_ledger AS l
GROUP BY topic, partition
ORDER BY topic, partition
