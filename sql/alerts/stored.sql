-- Alerts that are not over, or ended lately enough to go on.
SELECT * FROM alerts FINAL
WHERE resolved_at < toDateTime64('1970-01-02 00:00:00', 3, 'UTC') OR window_end + cooldown_s >= {since:DateTime64(3, 'UTC')}
ORDER BY alert_id
