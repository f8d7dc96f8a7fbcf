-- question: What did each run say of one event?
-- owner: compliance
-- grain: one row per run, content and category; `is_current` marks what counts now
-- param: organization String
-- param: event String
-- param: at DateTime64(3, 'UTC')
WITH (SELECT groupArray((run_id, period_from, period_to)) FROM audit_run_periods) AS current_periods
SELECT v.run_id AS run_id, v.content_hash AS content_hash, v.category AS category, v.outcome AS outcome, v.severity AS severity,
       round(toFloat64(v.score), 4) AS score, v.revision AS revision, v.clause AS clause, v.rule AS rule, v.rule_version AS rule_version,
       v.missing_safeguards AS missing_safeguards, v.excused_by AS excused_by, v.field AS field, v.start AS start, v.end AS end, v.pack_hash AS pack_hash,
       v.landed_at AS landed_at, r.kind AS kind, r.opened_at AS opened_at,
       arrayExists(period -> period.1 = v.run_id AND period.2 <= v.occurred_at AND v.occurred_at < period.3, current_periods) AS is_current
FROM (SELECT * FROM verdicts FINAL WHERE organization_id = {organization:String}
  AND toStartOfHour(occurred_at) = toStartOfHour({at:DateTime64(3, 'UTC')}) AND event_id = {event:String}) AS v
LEFT JOIN audit_runs AS r ON r.run_id = v.run_id
ORDER BY is_current DESC, opened_at DESC, category
