-- Second opinions: what a judge that the operator named says of uncertain detections. Advisory: no view of tags or signals reads them.
CREATE TABLE IF NOT EXISTS {database}.opinions {on_cluster}
(
    organization_id LowCardinality(String),
    event_id        String,
    occurred_at     DateTime64(3, 'UTC'),
    content_hash    UInt64,
    event_key       UInt64,
    category        LowCardinality(String),
    rule            LowCardinality(String)                 COMMENT 'category.judge-kind: the kind of our strongest detection',
    rule_version    UInt16                                 COMMENT 'version of our words to the judge',
    score           Float32                                COMMENT 'how much it matches, as the judge says; 0 without an answer',
    our_score       Float32                                COMMENT 'ours, which was uncertain',
    our_rule        LowCardinality(String)                 COMMENT 'our strongest detection, with its place',
    field           LowCardinality(String),
    start           UInt32,
    end             UInt32,
    state           LowCardinality(String)                 COMMENT 'answered, unreadable, failed, or gone: the text had left Kafka',
    cached          Bool                                   COMMENT 'the same question had been answered before',
    question_hash   UInt64                                 COMMENT 'keyed hash of what was asked, 0 when it was gone',
    judge           LowCardinality(String)                 COMMENT 'hash of protocol, model, instructions and policy: another answer needs another judge',
    model           LowCardinality(String),
    pack_hash       LowCardinality(String)                 COMMENT 'pack that detected',
    asked_at        DateTime64(3, 'UTC')
)
ENGINE = {replicated}ReplacingMergeTree(asked_at)
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (organization_id, toStartOfHour(occurred_at), event_id, content_hash, category, judge)
TTL toDateTime(occurred_at) + INTERVAL {events_months} MONTH
SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
COMMENT 'Second opinions on uncertain detections, the newest of each judge'
;
CREATE OR REPLACE VIEW {database}.audit_opinions {on_cluster} AS
SELECT * FROM {database}.opinions FINAL
COMMENT 'Second opinions on uncertain detections: advisory, one row per event, category and judge'
;
