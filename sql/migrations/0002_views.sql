-- What analysts, the page, Grafana and the query library read. Every view starts with audit_ and counts an event once, however often it was delivered.
-- The tables behind them hold copies and superseded runs until merges remove them: read the views.

-- The rule of what is current, written once. A run counts from when it is complete; of the runs that cover a moment of event time, the one opened last
-- is current. Pieces between boundaries that belong to the same run stay separate rows.
CREATE OR REPLACE VIEW {database}.audit_run_periods {on_cluster} AS
WITH complete AS
(
    SELECT run_id, any(kind) AS kind, any(pack_hash) AS pack_hash, min(valid_from) AS valid_from, min(valid_to) AS valid_to,
           min(opened_at) AS opened_at
    FROM {database}.runs
    GROUP BY run_id
    HAVING kind IN ('live', 'retag') AND max(completed_at) > toDateTime64('1970-01-01 00:00:00', 3, 'UTC')
),
boundaries AS
(
    SELECT arrayJoin(arrayZip(arrayPopBack(edges), arrayPopFront(edges))) AS period, period.1 AS period_from, period.2 AS period_to
    FROM (SELECT arraySort(groupUniqArrayArray([valid_from, valid_to])) AS edges FROM complete)
)
SELECT argMax(c.run_id, (c.opened_at, c.run_id)) AS run_id, argMax(c.kind, (c.opened_at, c.run_id)) AS kind,
       argMax(c.pack_hash, (c.opened_at, c.run_id)) AS pack_hash, period_from, period_to
FROM boundaries CROSS JOIN complete AS c
WHERE c.valid_from <= period_from AND period_from < c.valid_to
GROUP BY period_from, period_to
ORDER BY period_from
COMMENT 'Which run is current for which event time: [period_from, period_to)'
;
CREATE OR REPLACE VIEW {database}.audit_runs {on_cluster} AS
SELECT run_id, any(kind) AS kind, any(pack_hash) AS pack_hash, any(parent_run) AS parent_run, min(valid_from) AS valid_from, min(valid_to) AS valid_to,
       min(opened_at) AS opened_at, max(completed_at) AS completed_at
FROM {database}.runs
GROUP BY run_id
COMMENT 'Every run: one policy pack over a range of event time'
;
CREATE OR REPLACE VIEW {database}.audit_events {on_cluster} AS
SELECT * FROM {database}.events FINAL
COMMENT 'One row per usage event (without text): who, when, context, what was detected. Filter on occurred_at and organization_id'
;
CREATE OR REPLACE VIEW {database}.audit_verdicts {on_cluster} AS
WITH (SELECT groupArray((run_id, period_from, period_to)) FROM {database}.audit_run_periods) AS current_periods
SELECT *
FROM {database}.verdicts FINAL
WHERE arrayExists(period -> period.1 = run_id AND period.2 <= occurred_at AND occurred_at < period.3, current_periods)
COMMENT 'What the policy in force says of an event: one row per event and category, of the run that is current for its time'
;
CREATE OR REPLACE VIEW {database}.audit_excerpts {on_cluster} AS
WITH (SELECT toInt32(argMax(value, set_at)) FROM {database}.schema_settings WHERE name = 'excerpts_days') AS kept_days
SELECT * FROM {database}.excerpts FINAL
WHERE occurred_at > now64(3, 'UTC') - toIntervalDay(kept_days)
COMMENT 'Redacted excerpts of the matched text, until they expire'
;
CREATE OR REPLACE VIEW {database}.audit_conflicts {on_cluster} AS
SELECT organization_id, event_id, uniqExact(content_hash) AS contents, min(occurred_at) AS first_occurred_at, max(occurred_at) AS last_occurred_at,
       groupUniqArray(10)(source) AS sources, max(landed_at) AS last_landed_at
FROM {database}.events
GROUP BY organization_id, event_id
HAVING contents > 1
COMMENT 'Event ids that came with more than one content: a faulty producer, or a benign copy put in front of a violation'
;
CREATE OR REPLACE VIEW {database}.audit_signals_minute {on_cluster} AS
WITH (SELECT groupArray((run_id, period_from, period_to)) FROM {database}.audit_run_periods) AS current_periods
SELECT run_id, bucket, category, outcome, severity, organization_id, country, model, revision,
       uniqExactMerge(s.events) AS events, min(s.first_seen) AS first_seen, max(s.last_seen) AS last_seen, max(s.max_score) AS max_score
FROM {database}.signals_minute AS s
WHERE arrayExists(period -> period.1 = run_id AND bucket < period.3 AND period.2 < bucket + INTERVAL 1 MINUTE, current_periods)
GROUP BY run_id, bucket, category, outcome, severity, organization_id, country, model, revision
COMMENT 'Distinct tagged events by minute of event time, of the current run'
;
CREATE OR REPLACE VIEW {database}.audit_signals_hour {on_cluster} AS
WITH (SELECT groupArray((run_id, period_from, period_to)) FROM {database}.audit_run_periods) AS current_periods
SELECT run_id, bucket, category, outcome, severity, organization_id, country, model, revision,
       uniqExactMerge(s.events) AS events, min(s.first_seen) AS first_seen, max(s.last_seen) AS last_seen, max(s.max_score) AS max_score
FROM {database}.signals_hour AS s
WHERE arrayExists(period -> period.1 = run_id AND bucket < period.3 AND period.2 < bucket + INTERVAL 1 HOUR, current_periods)
GROUP BY run_id, bucket, category, outcome, severity, organization_id, country, model, revision
COMMENT 'Distinct tagged events by hour of event time, of the current run'
;
CREATE OR REPLACE VIEW {database}.audit_signals_day {on_cluster} AS
WITH (SELECT groupArray((run_id, period_from, period_to)) FROM {database}.audit_run_periods) AS current_periods
SELECT run_id, bucket, category, outcome, severity, organization_id, country, model, revision,
       uniqExactMerge(s.events) AS events, uniqExactMerge(s.users) AS users,
       min(s.first_seen) AS first_seen, max(s.last_seen) AS last_seen, max(s.max_score) AS max_score
FROM {database}.signals_day AS s
WHERE arrayExists(period -> period.1 = run_id AND bucket < period.3 AND period.2 < bucket + INTERVAL 1 DAY, current_periods)
GROUP BY run_id, bucket, category, outcome, severity, organization_id, country, model, revision
COMMENT 'Distinct tagged events and users by day of event time (UTC), of the current run. Users of one row: they may not be added up'
;
-- An hour is recomputed as a whole, so its newest computation holds all of it (a row of an older one may name a group that is gone).
CREATE OR REPLACE VIEW {database}.audit_volumes {on_cluster} AS
SELECT bucket, organization_id, model, country, declared_use_case, source, events, input_tokens, output_tokens, computed_at
FROM {database}.volumes_hour FINAL
WHERE events > 0 AND (bucket, computed_at) IN (SELECT bucket, max(computed_at) FROM {database}.volumes_hour GROUP BY bucket)
COMMENT 'All events, tagged or not, and their tokens by hour of event time'
;
CREATE OR REPLACE VIEW {database}.audit_dead_letters {on_cluster} AS
SELECT * FROM {database}.dead_letters FINAL
COMMENT 'Input that could not be landed: where it came from and why. The bytes are on the dead-letter topic'
;
CREATE OR REPLACE VIEW {database}.audit_ledger {on_cluster} AS
SELECT * FROM {database}.ledger FINAL
COMMENT 'One row per landed chunk of a partition: what was read, landed, dead-lettered and set aside'
;
