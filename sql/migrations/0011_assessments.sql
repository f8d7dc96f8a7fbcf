-- What people say of events that no rule tagged, drawn at random from two strata: those in which something was detected below what the policy asks,
-- and the others. Without them nobody knows what the rules miss.
CREATE TABLE IF NOT EXISTS {database}.assessments {on_cluster}
(
    organization_id LowCardinality(String),
    event_id        String,
    occurred_at     DateTime64(3, 'UTC'),
    content_hash    UInt64,
    event_key       UInt64,
    stratum         LowCardinality(String)                 COMMENT 'near: something was detected; clear: nothing was',
    missed          LowCardinality(String)                 COMMENT 'category of the violation that was missed, empty: rightly untagged',
    reason          String                                 COMMENT 'in the words of the reviewer',
    drawn           LowCardinality(String)                 COMMENT 'random: drawn for review without looking; chosen: picked by a person',
    pack_hash       LowCardinality(String)                 COMMENT 'pack that detected',
    reviewer        LowCardinality(String),
    assessed_at     DateTime64(3, 'UTC')
)
ENGINE = {replicated}ReplacingMergeTree(assessed_at)
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (organization_id, toStartOfHour(occurred_at), event_id, content_hash, reviewer)
TTL toDateTime(occurred_at) + INTERVAL {events_months} MONTH
SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
COMMENT 'Assessments of untagged events, the newest of each reviewer'
;
CREATE OR REPLACE VIEW {database}.audit_assessments {on_cluster} AS
SELECT organization_id, event_id, occurred_at, content_hash, event_key, argMin(a.stratum, a.assessed_at) AS stratum,
       argMax(a.missed, a.assessed_at) AS missed, argMax(a.reason, a.assessed_at) AS reason, argMin(a.drawn, a.assessed_at) AS drawn,
       argMax(a.pack_hash, a.assessed_at) AS pack_hash, argMax(a.reviewer, a.assessed_at) AS reviewer, uniqExact(a.missed) > 1 AS disputed,
       max(a.assessed_at) AS assessed_at
FROM {database}.assessments AS a FINAL
GROUP BY organization_id, event_id, occurred_at, content_hash, event_key
COMMENT 'One row per assessed untagged event, by its newest assessment; disputed: reviewers differ'
;
-- Golden cases: tags whose right answer is settled. Reviewers meet them among the others; how often they agree says how far their reviews can be trusted.
CREATE TABLE IF NOT EXISTS {database}.golden_tags {on_cluster}
(
    organization_id LowCardinality(String),
    event_id        String,
    occurred_at     DateTime64(3, 'UTC'),
    content_hash    UInt64,
    event_key       UInt64,
    category        LowCardinality(String),
    rule            LowCardinality(String),
    rule_version    UInt16,
    decision        LowCardinality(String)                 COMMENT 'confirmed or dismissed: the right answer',
    reason          String,
    settled_by      LowCardinality(String),
    settled_at      DateTime64(3, 'UTC')
)
ENGINE = {replicated}ReplacingMergeTree(settled_at)
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (organization_id, toStartOfHour(occurred_at), event_id, content_hash, category, rule, rule_version)
TTL toDateTime(occurred_at) + INTERVAL {events_months} MONTH
SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
COMMENT 'Tags whose right answer is settled'
;
CREATE OR REPLACE VIEW {database}.audit_golden_tags {on_cluster} AS
SELECT * FROM {database}.golden_tags FINAL
COMMENT 'Tags whose right answer is settled, to hold reviewers against'
;
