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
-- An unknown country or model is asked for as "unknown". The excerpts of the found events only are read.
WITH found AS
(
    SELECT *
    FROM audit_verdicts
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
    LIMIT {limit:UInt32}
)
SELECT v.occurred_at AS occurred_at, v.organization_id AS organization_id, v.event_id AS event_id, v.category AS category, v.outcome AS outcome,
       v.severity AS severity, round(toFloat64(v.score), 4) AS score, v.revision AS revision, v.clause AS clause, v.rule AS rule,
       v.rule_version AS rule_version, v.missing_safeguards AS missing_safeguards, v.excused_by AS excused_by, v.field AS field, v.start AS start,
       v.end AS end, x.excerpt AS excerpt, v.model AS model, v.country AS country, v.declared_use_case AS declared_use_case, v.run_id AS run_id
FROM found AS v
LEFT JOIN
(
    SELECT organization_id, event_id, content_hash, rule, field, start, end, any(excerpt) AS excerpt
    FROM audit_excerpts
    WHERE (organization_id, toStartOfHour(occurred_at), event_id) IN (SELECT organization_id, toStartOfHour(occurred_at), event_id FROM found)
    GROUP BY organization_id, event_id, content_hash, rule, field, start, end
) AS x ON x.organization_id = v.organization_id AND x.event_id = v.event_id AND x.content_hash = v.content_hash AND x.rule = v.rule
      AND x.field = v.field AND x.start = v.start AND x.end = v.end
ORDER BY occurred_at DESC, organization_id, event_id, category
