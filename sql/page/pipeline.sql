-- question: What did the workers read, and what became of it?
-- owner: platform
-- grain: one row
-- param: since DateTime64(3, 'UTC') = 24h
-- param: until DateTime64(3, 'UTC') = now
SELECT sum(inputs) AS seen, sum(l.landed) AS landed, sum(l.dead_lettered) AS dead_lettered, sum(arraySum(mapValues(l.filtered))) AS filtered,
       max(landed_at) AS last_landed_at, uniqExact(worker) AS workers
FROM audit_ledger AS l
WHERE landed_at >= {since:DateTime64(3, 'UTC')} AND landed_at < {until:DateTime64(3, 'UTC')}
