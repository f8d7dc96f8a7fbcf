-- question: Why could inputs not be read?
-- owner: compliance
-- grain: one row per reason
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC')
-- Each rejected input once, however often it was replayed; `intake` counts every time.
SELECT reason, count() AS inputs, min(d.rejected_at) AS first, max(d.rejected_at) AS last
FROM audit_dead_letters AS d
WHERE d.rejected_at >= {since:DateTime64(3, 'UTC')} AND d.rejected_at < {until:DateTime64(3, 'UTC')}
GROUP BY reason
ORDER BY inputs DESC, reason
