-- Inputs by worker over time: a worker that stopped is a line that ends.
SELECT $__timeInterval(landed_at) AS time, worker, sum(l.inputs) AS inputs
FROM audit_ledger AS l
WHERE $__timeFilter(landed_at)
GROUP BY time, worker
ORDER BY time, worker
