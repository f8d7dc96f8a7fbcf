-- question: What was received within the span, and what became of it?
-- owner: compliance
-- grain: one row per topic
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC')
-- Nothing is left out by sampling: an input lands, is dead-lettered or is set aside for a named reason. `unaccounted` is what none of the three
-- explains: 0, or something is wrong.
SELECT topic, sum(l.records) AS records, sum(l.inputs) AS received, sum(l.landed) AS landed, sum(l.dead_lettered) AS dead_lettered,
       sum(arraySum(mapValues(l.filtered))) AS set_aside,
       toInt64(received) - toInt64(landed) - toInt64(dead_lettered) - toInt64(set_aside) AS unaccounted
FROM audit_ledger AS l
WHERE l.landed_at >= {since:DateTime64(3, 'UTC')} AND l.landed_at < {until:DateTime64(3, 'UTC')}
GROUP BY topic
ORDER BY topic
