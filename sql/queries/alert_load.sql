-- question: Which alert rules ask most of their readers, and how long do alerts wait for somebody?
-- owner: trust and safety
-- grain: one row per alert rule
-- param: since DateTime64(3, 'UTC') = 30d
-- param: until DateTime64(3, 'UTC') = now
-- Alerts that were history when they were first evaluated, and those that a campaign's alert took in, asked nothing of anybody.
WITH toDateTime64('1970-01-02 00:00:00', 3, 'UTC') AS never
SELECT rule, count() AS alerts, countIf(state = 'open') AS still_open, countIf(first_answer > never) AS answered,
       if(answered = 0, NULL, round(quantileExactIf(0.5)(dateDiff('second', opened_at, first_answer), first_answer > never) / 60, 1)) AS median_minutes,
       countIf(silenced_until > never) AS silenced, max(severity) AS worst_severity, max(a.opened_at) AS last_opened
FROM
(
    SELECT s.rule AS rule, s.state AS state, s.opened_at AS opened_at, s.severity AS severity, s.silenced_until AS silenced_until, w.at AS first_answer
    FROM audit_alerts AS s
    LEFT JOIN
    (
        SELECT alert_id, min(acted_at) AS at FROM audit_alert_actions WHERE action IN ('acknowledge', 'resolve') GROUP BY alert_id
    ) AS w ON w.alert_id = s.alert_id
    WHERE s.opened_at >= {since:DateTime64(3, 'UTC')} AND s.opened_at < {until:DateTime64(3, 'UTC')} AND NOT s.historical AND s.inhibited_by = ''
) AS a
GROUP BY rule
ORDER BY alerts DESC, rule
