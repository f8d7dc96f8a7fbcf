-- question: Why were inputs set aside without being wrong?
-- owner: compliance
-- grain: one row per reason
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC')
SELECT each.1 AS reason, sum(each.2) AS inputs
FROM audit_ledger
ARRAY JOIN CAST(filtered, 'Array(Tuple(String, UInt64))') AS each
WHERE landed_at >= {since:DateTime64(3, 'UTC')} AND landed_at < {until:DateTime64(3, 'UTC')} AND each.2 > 0
GROUP BY reason
ORDER BY inputs DESC, reason
