-- Signals of those hours and days from the verdicts that are left: the states of the feeds in 0001_landing.sql.
INSERT INTO {database}.signals_minute
    (run_id, bucket, category, outcome, severity, organization_id, country, model, revision, events, first_seen, last_seen, max_score)
SELECT run_id, toDateTime(toStartOfMinute(occurred_at), 'UTC') AS bucket, category, outcome, severity, organization_id, country, model, revision,
       uniqExactState(event_key) AS events, min(occurred_at) AS first_seen, max(occurred_at) AS last_seen, max(score) AS max_score
FROM {database}.verdicts
WHERE (organization_id, toStartOfHour(occurred_at)) IN (SELECT organization_id, toStartOfHour(occurred_at) FROM {database}.erasing)
GROUP BY run_id, bucket, category, outcome, severity, organization_id, country, model, revision
;
INSERT INTO {database}.signals_hour
    (run_id, bucket, category, outcome, severity, organization_id, country, model, revision, events, first_seen, last_seen, max_score)
SELECT run_id, toDateTime(toStartOfHour(occurred_at), 'UTC') AS bucket, category, outcome, severity, organization_id, country, model, revision,
       uniqExactState(event_key) AS events, min(occurred_at) AS first_seen, max(occurred_at) AS last_seen, max(score) AS max_score
FROM {database}.verdicts
WHERE (organization_id, toStartOfHour(occurred_at)) IN (SELECT organization_id, toStartOfHour(occurred_at) FROM {database}.erasing)
GROUP BY run_id, bucket, category, outcome, severity, organization_id, country, model, revision
;
INSERT INTO {database}.signals_day
    (run_id, bucket, category, outcome, severity, organization_id, country, model, revision, events, users, first_seen, last_seen, max_score)
SELECT run_id, toDateTime(toStartOfDay(occurred_at), 'UTC') AS bucket, category, outcome, severity, organization_id, country, model, revision,
       uniqExactState(event_key) AS events, uniqExactStateIf(user_hash, user_hash != 0) AS users,
       min(occurred_at) AS first_seen, max(occurred_at) AS last_seen, max(score) AS max_score
FROM {database}.verdicts
WHERE (organization_id, toStartOfDay(occurred_at)) IN (SELECT organization_id, toStartOfDay(occurred_at) FROM {database}.erasing)
GROUP BY run_id, bucket, category, outcome, severity, organization_id, country, model, revision
;
