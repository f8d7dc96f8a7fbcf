-- question: What did the workers read over time, and what became of it?
-- owner: platform
-- grain: one row per slot of `width_s` seconds of landing time
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC') = now
-- param: width_s UInt32 = 3600
SELECT intDiv(toUnixTimestamp(landed_at) - toUnixTimestamp(toDateTime({since:DateTime64(3, 'UTC')}, 'UTC')), {width_s:UInt32}) AS slot,
       sum(l.landed) AS landed, sum(l.dead_lettered) AS dead_lettered, sum(arraySum(mapValues(l.filtered))) AS filtered
FROM audit_ledger AS l
WHERE landed_at >= {since:DateTime64(3, 'UTC')} AND landed_at < {until:DateTime64(3, 'UTC')}
GROUP BY slot
ORDER BY slot
