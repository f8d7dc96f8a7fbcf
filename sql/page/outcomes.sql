-- question: How do tags divide by outcome and severity?
-- owner: compliance
-- grain: one row per outcome and severity
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC') = now
-- param: category String = ''
-- param: organization String = ''
SELECT outcome, severity, sum(events) AS tagged_events
FROM audit_signals_hour
WHERE bucket >= toStartOfHour({since:DateTime64(3, 'UTC')}) AND bucket < {until:DateTime64(3, 'UTC')}
  AND ({category:String} = '' OR category = {category:String})
  AND ({organization:String} = '' OR organization_id = {organization:String})
GROUP BY outcome, severity
ORDER BY outcome, severity DESC
