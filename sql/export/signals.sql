-- question: All signals of the current run by hour, as they are exported.
-- owner: compliance
-- grain: one row per hour, category, outcome, severity, organization, country, model and revision
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC')
-- param: category String = ''
-- param: organization String = ''
SELECT toDateTime64(bucket, 3, 'UTC') AS hour, toString(s.category) AS category, toString(s.outcome) AS outcome, toString(s.severity) AS severity,
       toString(s.organization_id) AS organization_id, toString(s.country) AS country, toString(s.model) AS model, toString(s.revision) AS revision,
       s.events AS events, s.first_seen AS first_seen, s.last_seen AS last_seen, toFloat64(s.max_score) AS max_score, toString(s.run_id) AS run_id
FROM audit_signals_hour AS s
WHERE bucket >= {since:DateTime64(3, 'UTC')} AND bucket < {until:DateTime64(3, 'UTC')}
  AND ({category:String} = '' OR s.category = {category:String}) AND ({organization:String} = '' OR s.organization_id = {organization:String})
ORDER BY hour, category, outcome, severity, organization_id, country, model, revision
