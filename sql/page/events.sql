-- question: Which events were tagged, newest first, by any of the page's filters?
-- owner: trust and safety
-- grain: one row per event and category
-- param: since DateTime64(3, 'UTC') = 24h
-- param: until DateTime64(3, 'UTC') = now
-- param: category String = ''
-- param: organization String = ''
-- param: outcome String = ''
-- param: severity String = ''
-- param: country String = ''
-- param: model String = ''
-- param: revision String = ''
-- param: rule String = ''
-- param: clause String = ''
-- param: use_case String = ''
-- param: audience String = ''
-- param: organization_type String = ''
-- param: user String = ''
-- param: limit UInt32 = 100
-- An unknown country or model is asked for as "unknown". Excerpts are asked for afterwards, for the events found.
SELECT occurred_at, organization_id, event_id, content_hash, category, outcome, severity, round(toFloat64(v.score), 4) AS score, revision, clause, rule,
       rule_version, missing_safeguards, excused_by, field, start, end, model, country, declared_use_case, run_id
FROM audit_verdicts_as_landed AS v
WHERE occurred_at >= {since:DateTime64(3, 'UTC')} AND occurred_at < {until:DateTime64(3, 'UTC')}
  AND toStartOfHour(occurred_at) >= toStartOfHour({since:DateTime64(3, 'UTC')})
  AND ({category:String} = '' OR category = {category:String})
  AND ({organization:String} = '' OR organization_id = {organization:String})
  AND ({outcome:String} = '' OR outcome = {outcome:String})
  AND ({severity:String} = '' OR toString(severity) = {severity:String})
  AND ({country:String} = '' OR country = if({country:String} = 'unknown', '', {country:String}))
  AND ({model:String} = '' OR model = if({model:String} = 'unknown', '', {model:String}))
  AND ({revision:String} = '' OR revision = {revision:String})
  AND ({rule:String} = '' OR rule = {rule:String})
  AND ({clause:String} = '' OR clause = {clause:String})
  AND ({use_case:String} = '' OR declared_use_case = {use_case:String})
  AND ({audience:String} = '' OR audience = {audience:String})
  AND ({organization_type:String} = '' OR organization_type = {organization_type:String})
  AND ({user:String} = '' OR toString(user_hash) = {user:String})
ORDER BY occurred_at DESC, organization_id, event_id, category
LIMIT 1 BY organization_id, event_id, content_hash, category
LIMIT {limit:UInt32}
