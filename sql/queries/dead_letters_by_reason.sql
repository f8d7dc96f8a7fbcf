-- question: Why is input rejected, from which topics, and is it still going on?
-- owner: platform
-- grain: one row per topic and reason
-- param: since DateTime64(3, 'UTC') = 7d
-- param: until DateTime64(3, 'UTC') = now
SELECT topic, reason, count() AS letters, countIf(truncated) AS cut, sum(original_bytes) AS bytes, min(rejected_at) AS first_rejected_at,
       max(rejected_at) AS last_rejected_at, any(message) AS example
FROM audit_dead_letters
WHERE rejected_at >= {since:DateTime64(3, 'UTC')} AND rejected_at < {until:DateTime64(3, 'UTC')}
GROUP BY topic, reason
ORDER BY letters DESC, topic, reason
