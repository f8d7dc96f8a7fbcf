-- Dead letters by topic and reason, with an example of the message.
SELECT topic, reason, count() AS dead_letters, max(rejected_at) AS last_rejected_at, any(message) AS example
FROM audit_dead_letters
WHERE $__timeFilter(rejected_at)
GROUP BY topic, reason
ORDER BY dead_letters DESC, topic, reason
LIMIT 20
