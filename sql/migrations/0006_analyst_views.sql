-- What analysts may read who are not to see single people: aggregates of at least five of them, of days that are over.
--
-- People are users, and API keys where an event names no user. Both hashes are keyed with the organization, so people of different organizations never
-- coincide and may be added up. Days before this migration have no keys: there, people are the users alone, and more is suppressed.
ALTER TABLE {database}.signals_day {on_cluster} ADD COLUMN IF NOT EXISTS api_keys AggregateFunction(uniqExact, UInt64) AFTER users
;
ALTER TABLE {database}.signals_day_feed {on_cluster} MODIFY QUERY
SELECT run_id, toDateTime(toStartOfDay(occurred_at), 'UTC') AS bucket, category, outcome, severity, organization_id, country, model, revision,
       uniqExactState(event_key) AS events, uniqExactStateIf(user_hash, user_hash != 0) AS users,
       uniqExactStateIf(api_key_hash, user_hash = 0 AND api_key_hash != 0) AS api_keys,
       min(occurred_at) AS first_seen, max(occurred_at) AS last_seen, max(score) AS max_score
FROM {database}.verdicts
GROUP BY run_id, bucket, category, outcome, severity, organization_id, country, model, revision
;
-- Why differences of answers reveal no small group: the rows are one partition of the tags (event and category). Each row has at least five people; whatever is added up
-- or subtracted, what is left is made of whole rows. There is no second view that divides the same tags otherwise. Organizations that are too
-- small on a day are one row together; if they are still too small together, they are left out. Numbers are rounded to fives, and a day is shown
-- when it has been over for a day, so that asking again later tells little of who came in between.
CREATE OR REPLACE VIEW {database}.analyst_signals_day {on_cluster}
(
    day             Date                                   COMMENT 'of event time (UTC); days that have been over for a day',
    category        String                                 COMMENT 'policy category',
    outcome         String                                 COMMENT 'violation, unmet_requirement or excused',
    revision        String                                 COMMENT 'policy revision that decided',
    organization_id String                                 COMMENT 'organization, or (others): those that are too small on that day, together',
    events          UInt64                                 COMMENT 'distinct tagged events, to the nearest five',
    people          UInt64                                 COMMENT 'distinct users, and API keys where there is no user, to the nearest five; at least five'
)
AS
WITH (SELECT groupArray((run_id, period_from, period_to)) FROM {database}.audit_run_periods) AS current_periods
SELECT day, category, outcome, revision, organization_id, intDiv(sum(n) + 2, 5) * 5 AS events, intDiv(sum(p) + 2, 5) * 5 AS people
FROM
(
    SELECT toDate(bucket) AS day, toString(category) AS category, toString(outcome) AS outcome, toString(revision) AS revision,
           uniqExactMerge(s.events) AS n, uniqExactMerge(s.users) + uniqExactMerge(s.api_keys) AS p,
           if(p >= 5, toString(s.organization_id), '(others)') AS organization_id
    FROM {database}.signals_day AS s
    WHERE bucket < toStartOfDay(now('UTC')) - INTERVAL 1 DAY
      AND arrayExists(period -> period.1 = run_id AND bucket < period.3 AND period.2 < bucket + INTERVAL 1 DAY, current_periods)
    GROUP BY day, category, outcome, revision, s.organization_id
)
GROUP BY day, category, outcome, revision, organization_id
HAVING sum(p) >= 5
COMMENT 'Tagged events by day, category, outcome, revision and organization; at least five people in every row'
;
CREATE OR REPLACE VIEW {database}.analyst_volumes_day {on_cluster}
(
    day           Date                                     COMMENT 'of event time (UTC); days that have been over for a day',
    organizations UInt64                                   COMMENT 'distinct organizations, at least five',
    events        UInt64                                   COMMENT 'all events, tagged or not, to the nearest five',
    input_tokens  UInt64                                   COMMENT 'their input tokens, to the nearest thousand',
    output_tokens UInt64                                   COMMENT 'their output tokens, to the nearest thousand'
)
AS
SELECT toDate(bucket) AS day, uniqExact(v.organization_id) AS organizations, intDiv(sum(v.events) + 2, 5) * 5 AS events,
       intDiv(sum(v.input_tokens) + 500, 1000) * 1000 AS input_tokens, intDiv(sum(v.output_tokens) + 500, 1000) * 1000 AS output_tokens
FROM {database}.audit_volumes AS v
WHERE bucket < toStartOfDay(now('UTC')) - INTERVAL 1 DAY
GROUP BY day
HAVING organizations >= 5
COMMENT 'All events by day, of days with at least five organizations: what rates are measured against'
;
CREATE OR REPLACE VIEW {database}.analyst_reviews {on_cluster}
(
    category      String                                   COMMENT 'policy category',
    rule          String                                   COMMENT 'rule that tagged',
    rule_version  UInt16                                   COMMENT 'its version',
    organizations UInt64                                   COMMENT 'organizations of the reviewed tags, at least five',
    reviewed      UInt64                                   COMMENT 'reviewed tags, each by its newest review, to the nearest five',
    precision     Float64                                  COMMENT 'share confirmed, two digits'
)
AS
SELECT toString(category) AS category, toString(rule) AS rule, rule_version, uniqExact(organization_id) AS organizations,
       intDiv(count() + 2, 5) * 5 AS reviewed, round(countIf(decision = 'confirmed') / count(), 2) AS precision
FROM {database}.audit_reviews
GROUP BY category, rule, rule_version
HAVING organizations >= 5
COMMENT 'How often the tags of a rule are right, of rules reviewed in at least five organizations'
;
CREATE OR REPLACE VIEW {database}.analyst_pipeline_day {on_cluster}
(
    day           Date                                     COMMENT 'when it landed (UTC)',
    topic         String                                   COMMENT 'Kafka topic',
    records       UInt64                                   COMMENT 'Kafka records read',
    inputs        UInt64                                   COMMENT 'events, lines and tombstones in them',
    landed        UInt64                                   COMMENT 'events landed',
    dead_lettered UInt64                                   COMMENT 'inputs that could not be read',
    set_aside     UInt64                                   COMMENT 'inputs that are no events: blank lines, tombstones'
)
AS
SELECT toDate(landed_at) AS day, toString(topic) AS topic, sum(l.records) AS records, sum(l.inputs) AS inputs, sum(l.landed) AS landed,
       sum(l.dead_lettered) AS dead_lettered, sum(arraySum(mapValues(l.filtered))) AS set_aside
FROM {database}.audit_ledger AS l
GROUP BY day, topic
COMMENT 'What was read and what became of it: a day without events and a day without looking differ here'
;
CREATE OR REPLACE VIEW {database}.analyst_dead_letters_day {on_cluster}
(
    day          Date                                      COMMENT 'when it was rejected (UTC)',
    topic        String                                    COMMENT 'where the input came from',
    reason       String                                    COMMENT 'code of the reason',
    dead_letters UInt64                                    COMMENT 'inputs'
)
AS
SELECT toDate(rejected_at) AS day, toString(topic) AS topic, toString(reason) AS reason, count() AS dead_letters
FROM {database}.audit_dead_letters
GROUP BY day, topic, reason
COMMENT 'Input that could not be read, by day and reason'
;
CREATE OR REPLACE VIEW {database}.analyst_runs {on_cluster}
(
    run_id     String                                      COMMENT 'run: one policy pack over a range of event time',
    kind       String                                      COMMENT 'live, retag or shadow',
    pack_hash  String                                      COMMENT 'content hash of the pack',
    valid_from DateTime64(3, 'UTC')                        COMMENT 'event time, inclusive',
    valid_to   DateTime64(3, 'UTC')                        COMMENT 'event time, exclusive',
    opened_at  DateTime64(3, 'UTC')                        COMMENT 'when it was opened'
)
AS
SELECT run_id, toString(kind) AS kind, pack_hash, valid_from, valid_to, opened_at FROM {database}.audit_runs
COMMENT 'Which policy decided what, and since when'
;
