-- What people say and do: reviews of tags, actions on alerts, and the log of who saw what. Small tables, written by the page.

CREATE TABLE IF NOT EXISTS {database}.reviews {on_cluster}
(
    organization_id LowCardinality(String),
    event_id        String,
    occurred_at     DateTime64(3, 'UTC'),
    content_hash    UInt64,
    event_key       UInt64,
    category        LowCardinality(String),
    rule            LowCardinality(String),
    rule_version    UInt16,
    outcome         LowCardinality(String)                 COMMENT 'of the tag when it was reviewed',
    severity        Enum8('low' = 1, 'medium' = 2, 'high' = 3, 'critical' = 4),
    score           Float32,
    revision        LowCardinality(String),
    run_id          LowCardinality(String),
    decision        LowCardinality(String)                 COMMENT 'confirmed or dismissed',
    reason          String                                 COMMENT 'in the words of the reviewer',
    drawn           LowCardinality(String)                 COMMENT 'random: drawn for review without looking, fit for estimates; chosen: picked by a person',
    reviewer        LowCardinality(String),
    reviewed_at     DateTime64(3, 'UTC')
)
ENGINE = {replicated}ReplacingMergeTree(reviewed_at)
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (organization_id, toStartOfHour(occurred_at), event_id, content_hash, category, rule, rule_version, reviewer)
TTL toDateTime(occurred_at) + INTERVAL {events_months} MONTH
SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
COMMENT 'Reviews of tags, the newest of each reviewer'
;
CREATE TABLE IF NOT EXISTS {database}.alert_actions {on_cluster}
(
    action_id  String,
    alert_id   String                                      COMMENT 'empty for a silence that is not about one alert',
    rule       LowCardinality(String)                      COMMENT 'alert rule',
    scope      String                                      COMMENT 'group of the rule that a silence covers, empty: all',
    action     LowCardinality(String)                      COMMENT 'acknowledge, silence or unsilence',
    reason     String,
    reader     LowCardinality(String)                      COMMENT 'who did it',
    acted_at   DateTime64(3, 'UTC'),
    until      DateTime64(3, 'UTC')                        COMMENT 'end of a silence'
)
ENGINE = {replicated}ReplacingMergeTree(acted_at)
PARTITION BY toYYYYMM(acted_at)
ORDER BY (rule, acted_at, action_id)
TTL toDateTime(acted_at) + INTERVAL {events_months} MONTH
SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
COMMENT 'What people did about alerts'
;
CREATE TABLE IF NOT EXISTS {database}.access_log {on_cluster}
(
    entry_id        String,
    at              DateTime64(3, 'UTC'),
    reader          LowCardinality(String)                 COMMENT 'name of the token, or local',
    role            LowCardinality(String),
    action          LowCardinality(String)                 COMMENT 'view, export, reveal, review, acknowledge, silence, unsilence, sign_in, sign_in_refused',
    page            LowCardinality(String),
    organization_id String,
    event_id        String,
    detail          String                                 COMMENT 'parameters of the page, or what was decided',
    reason          String
)
ENGINE = {replicated}ReplacingMergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (at, entry_id)
TTL toDateTime(at) + INTERVAL {events_months} MONTH
SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
COMMENT 'Who saw and did what on the page'
;
CREATE OR REPLACE VIEW {database}.audit_reviews {on_cluster} AS
SELECT organization_id, event_id, occurred_at, content_hash, event_key, category, rule, rule_version,
       argMax(r.outcome, r.reviewed_at) AS outcome, argMax(r.severity, r.reviewed_at) AS severity, argMax(r.score, r.reviewed_at) AS score,
       argMax(r.revision, r.reviewed_at) AS revision, argMax(r.run_id, r.reviewed_at) AS run_id, argMax(r.decision, r.reviewed_at) AS decision,
       argMax(r.reason, r.reviewed_at) AS reason, argMin(r.drawn, r.reviewed_at) AS drawn, argMax(r.reviewer, r.reviewed_at) AS reviewer,
       uniqExact(r.decision) > 1 AS disputed, max(r.reviewed_at) AS reviewed_at
FROM {database}.reviews AS r FINAL
GROUP BY organization_id, event_id, occurred_at, content_hash, event_key, category, rule, rule_version
COMMENT 'One row per reviewed tag, by its newest review; disputed: reviewers differ'
;
CREATE OR REPLACE VIEW {database}.audit_alert_actions {on_cluster} AS
SELECT * FROM {database}.alert_actions FINAL
COMMENT 'What people did about alerts: acknowledged, silenced, silence lifted'
;
CREATE OR REPLACE VIEW {database}.audit_access_log {on_cluster} AS
SELECT * FROM {database}.access_log FINAL
COMMENT 'Who saw and did what on the page'
;
