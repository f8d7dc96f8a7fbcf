-- question: How do outcomes divide within each category: violations, unmet requirements, excused?
-- owner: compliance
-- grain: one row per category and outcome
-- param: since DateTime64(3, 'UTC') = 7d
-- param: until DateTime64(3, 'UTC') = now
-- param: organization String = ''
SELECT category, outcome, sum(events) AS tagged_events, round(tagged_events / sum(tagged_events) OVER (PARTITION BY category), 4) AS share,
       uniqExact(organization_id) AS organizations, max(severity) AS worst_severity
FROM audit_signals_hour
WHERE bucket >= toStartOfHour({since:DateTime64(3, 'UTC')}) AND bucket < {until:DateTime64(3, 'UTC')}
  AND ({organization:String} = '' OR organization_id = {organization:String})
GROUP BY category, outcome
ORDER BY category, tagged_events DESC
