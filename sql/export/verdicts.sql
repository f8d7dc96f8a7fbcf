-- question: All verdicts of the current run, as they are exported: without text, people by their keyed hash.
-- owner: compliance
-- grain: one row per event, content and category
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC')
-- param: category String = ''
-- param: organization String = ''
SELECT v.occurred_at AS occurred_at, toString(v.organization_id) AS organization_id, v.event_id AS event_id, v.content_hash AS content_hash,
       toString(v.category) AS category, toString(v.outcome) AS outcome, toString(v.severity) AS severity, round(toFloat64(v.score), 4) AS score,
       toString(v.revision) AS revision, toString(v.clause) AS clause, toString(v.rule) AS rule, v.rule_version AS rule_version,
       arrayMap(each -> toString(each), v.missing_safeguards) AS missing_safeguards, toString(v.excused_by) AS excused_by,
       toString(v.field) AS field, v.start AS start, v.end AS end, v.user_hash AS user_hash, v.api_key_hash AS api_key_hash,
       toString(v.model) AS model, toString(v.country) AS country, toString(v.audience) AS audience,
       toString(v.organization_type) AS organization_type, toString(v.declared_use_case) AS declared_use_case,
       toString(v.run_id) AS run_id, toString(v.pack_hash) AS pack_hash, v.landed_at AS landed_at
FROM audit_verdicts AS v
WHERE toStartOfHour(v.occurred_at) >= toStartOfHour({since:DateTime64(3, 'UTC')})
  AND v.occurred_at >= {since:DateTime64(3, 'UTC')} AND v.occurred_at < {until:DateTime64(3, 'UTC')}
  AND ({category:String} = '' OR v.category = {category:String}) AND ({organization:String} = '' OR v.organization_id = {organization:String})
ORDER BY occurred_at, organization_id, event_id, content_hash, category
