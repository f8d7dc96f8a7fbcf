-- Share of the inputs of the last hour that became dead letters.
SELECT sum(l.dead_lettered) / greatest(sum(l.inputs), 1) AS value FROM audit_ledger AS l WHERE landed_at >= now64(3) - toIntervalHour(1)
