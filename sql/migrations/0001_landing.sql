-- The landing tables. Every row is keyed by the event, so landing it twice, in other batches or by another worker, changes nothing.
--
-- Placeholders, filled by streams/clickhouse/migrations.py: {database}, {on_cluster} (empty or ON CLUSTER 'x'), {replicated} (empty or Replicated),
-- {events_months}, {excerpts_days}, {dead_letters_days}, {fsync} (0 or 1). Statements end with a line that is only ";".

-- Events without their text: what is known of each request, and its detections above the floor. Partition and sorting key are pure functions of
-- the event. The same id with other content keeps its own row (content_hash) and shows up in the view audit_conflicts.
CREATE TABLE IF NOT EXISTS {database}.events {on_cluster}
(
    organization_id       LowCardinality(String)           COMMENT 'customer, bound by the intake',
    event_id              String                           COMMENT 'id of the event within its organization',
    occurred_at           DateTime64(3, 'UTC')             COMMENT 'when the request was made; decides the policy revision',
    content_hash          UInt64                           COMMENT 'keyed hash of everything the event says',
    event_key             UInt64                           COMMENT 'xxh64 of organization and event id; what signals count',
    user_hash             UInt64                           COMMENT 'keyed hash of organization and user id, 0 without user',
    api_key_hash          UInt64                           COMMENT 'keyed hash of organization and API key id, 0 without key',
    conversation_hash     UInt64                           COMMENT 'keyed hash of organization and conversation id, 0 without',
    key_version           UInt8                            COMMENT 'version of the hash key',
    operation             LowCardinality(String)           COMMENT 'gen_ai.operation.name',
    provider              LowCardinality(String)           COMMENT 'gen_ai.provider.name',
    model                 LowCardinality(String)           COMMENT 'gen_ai.request.model',
    audience              LowCardinality(String),
    organization_type     LowCardinality(String),
    declared_use_case     LowCardinality(String),
    safeguards            Array(LowCardinality(String)),
    end_user_age          LowCardinality(String),
    country               LowCardinality(String)           COMMENT 'ISO 3166-1 alpha-2, empty if unknown',
    input_tokens          UInt32,
    output_tokens         UInt32,
    input_length          UInt32                           COMMENT 'code points of system, text and input',
    output_length         UInt32                           COMMENT 'code points of output',
    text_hash             UInt64                           COMMENT 'keyed hash of the normalized input text, 0 without detection',
    similarity            UInt64                           COMMENT 'similarity hash (SimHash, 64 bit) of the input text, 0 without detection',
    `detections.category`     Array(LowCardinality(String)) COMMENT 'detections with score >= 0.2; absent means below',
    `detections.score`        Array(Float32),
    `detections.rule`         Array(LowCardinality(String)),
    `detections.rule_version` Array(UInt16),
    `detections.field`        Array(LowCardinality(String)),
    `detections.start`        Array(UInt32)                COMMENT 'code points in the field',
    `detections.end`          Array(UInt32),
    pack_hash             LowCardinality(String)           COMMENT 'pack that detected',
    source                LowCardinality(String)           COMMENT 'adapter that read the event',
    schema_version        UInt8,
    kafka_topic           LowCardinality(String),
    kafka_partition       UInt32,
    kafka_offset          UInt64,
    kafka_line            UInt32,
    received_at           DateTime64(3, 'UTC')             COMMENT 'timestamp of the Kafka record',
    landed_at             DateTime64(3, 'UTC')             COMMENT 'when the worker wrote the row'
)
ENGINE = {replicated}ReplacingMergeTree(landed_at)
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (organization_id, toStartOfHour(occurred_at), event_id, content_hash)
TTL toDateTime(occurred_at) + INTERVAL {events_months} MONTH
SETTINGS index_granularity = 8192, non_replicated_deduplication_window = 0, fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
-- What the policy says of an event, one row per run and category.
CREATE TABLE IF NOT EXISTS {database}.verdicts {on_cluster}
(
    run_id             LowCardinality(String),
    organization_id    LowCardinality(String),
    event_id           String,
    occurred_at        DateTime64(3, 'UTC'),
    content_hash       UInt64,
    event_key          UInt64,
    category           LowCardinality(String),
    outcome            LowCardinality(String)              COMMENT 'violation, unmet_requirement or excused',
    severity           Enum8('low' = 1, 'medium' = 2, 'high' = 3, 'critical' = 4),
    score              Float32,
    revision           LowCardinality(String)              COMMENT 'policy revision in force at occurred_at',
    clause             LowCardinality(String),
    rule               LowCardinality(String),
    rule_version       UInt16,
    missing_safeguards Array(LowCardinality(String)),
    excused_by         LowCardinality(String)              COMMENT 'allowance, empty unless excused',
    field              LowCardinality(String)              COMMENT 'first evidence: field and code points',
    start              UInt32,
    end                UInt32,
    user_hash          UInt64,
    api_key_hash       UInt64,
    model              LowCardinality(String),
    country            LowCardinality(String),
    audience           LowCardinality(String),
    organization_type  LowCardinality(String),
    declared_use_case  LowCardinality(String),
    similarity         UInt64,
    pack_hash          LowCardinality(String),
    landed_at          DateTime64(3, 'UTC')
)
ENGINE = {replicated}ReplacingMergeTree(landed_at)
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (organization_id, toStartOfHour(occurred_at), event_id, content_hash, run_id, category)
TTL toDateTime(occurred_at) + INTERVAL {events_months} MONTH
SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
-- Redacted excerpts of the matched text (at most 120 code points). Short-lived; the view hides them at once when they expire.
CREATE TABLE IF NOT EXISTS {database}.excerpts {on_cluster}
(
    organization_id LowCardinality(String),
    event_id        String,
    occurred_at     DateTime64(3, 'UTC'),
    content_hash    UInt64,
    rule            LowCardinality(String),
    field           LowCardinality(String),
    start           UInt32,
    end             UInt32,
    excerpt         String
)
ENGINE = {replicated}ReplacingMergeTree
PARTITION BY toYYYYMMDD(occurred_at)
ORDER BY (organization_id, toStartOfHour(occurred_at), event_id, content_hash, rule, field, start, end)
TTL toDateTime(occurred_at) + INTERVAL {excerpts_days} DAY
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 0, fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
-- Signals: idempotent states only. Inserting the same verdicts again cannot change a number.
CREATE TABLE IF NOT EXISTS {database}.signals_minute {on_cluster}
(
    run_id          LowCardinality(String),
    bucket          DateTime('UTC'),
    category        LowCardinality(String),
    outcome         LowCardinality(String),
    severity        Enum8('low' = 1, 'medium' = 2, 'high' = 3, 'critical' = 4),
    organization_id LowCardinality(String),
    country         LowCardinality(String),
    model           LowCardinality(String),
    revision        LowCardinality(String),
    events          AggregateFunction(uniqExact, UInt64),
    first_seen      SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    last_seen       SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
    max_score       SimpleAggregateFunction(max, Float32)
)
ENGINE = {replicated}AggregatingMergeTree
PARTITION BY toYYYYMM(bucket)
ORDER BY (run_id, category, bucket, outcome, severity, organization_id, country, model, revision)
SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
CREATE TABLE IF NOT EXISTS {database}.signals_hour {on_cluster} AS {database}.signals_minute
ENGINE = {replicated}AggregatingMergeTree
PARTITION BY toYYYYMM(bucket)
ORDER BY (run_id, category, bucket, outcome, severity, organization_id, country, model, revision)
SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
CREATE TABLE IF NOT EXISTS {database}.signals_day {on_cluster}
(
    run_id          LowCardinality(String),
    bucket          DateTime('UTC'),
    category        LowCardinality(String),
    outcome         LowCardinality(String),
    severity        Enum8('low' = 1, 'medium' = 2, 'high' = 3, 'critical' = 4),
    organization_id LowCardinality(String),
    country         LowCardinality(String),
    model           LowCardinality(String),
    revision        LowCardinality(String),
    events          AggregateFunction(uniqExact, UInt64),
    users           AggregateFunction(uniqExact, UInt64),
    first_seen      SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    last_seen       SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
    max_score       SimpleAggregateFunction(max, Float32)
)
ENGINE = {replicated}AggregatingMergeTree
PARTITION BY toYYYYMM(bucket)
ORDER BY (run_id, category, bucket, outcome, severity, organization_id, country, model, revision)
SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
CREATE MATERIALIZED VIEW IF NOT EXISTS {database}.signals_minute_feed {on_cluster} TO {database}.signals_minute AS
SELECT run_id, toDateTime(toStartOfMinute(occurred_at), 'UTC') AS bucket, category, outcome, severity, organization_id, country, model, revision,
       uniqExactState(event_key) AS events, min(occurred_at) AS first_seen, max(occurred_at) AS last_seen, max(score) AS max_score
FROM {database}.verdicts
GROUP BY run_id, bucket, category, outcome, severity, organization_id, country, model, revision
;
CREATE MATERIALIZED VIEW IF NOT EXISTS {database}.signals_hour_feed {on_cluster} TO {database}.signals_hour AS
SELECT run_id, toDateTime(toStartOfHour(occurred_at), 'UTC') AS bucket, category, outcome, severity, organization_id, country, model, revision,
       uniqExactState(event_key) AS events, min(occurred_at) AS first_seen, max(occurred_at) AS last_seen, max(score) AS max_score
FROM {database}.verdicts
GROUP BY run_id, bucket, category, outcome, severity, organization_id, country, model, revision
;
CREATE MATERIALIZED VIEW IF NOT EXISTS {database}.signals_day_feed {on_cluster} TO {database}.signals_day AS
SELECT run_id, toDateTime(toStartOfDay(occurred_at), 'UTC') AS bucket, category, outcome, severity, organization_id, country, model, revision,
       uniqExactState(event_key) AS events, uniqExactStateIf(user_hash, user_hash != 0) AS users,
       min(occurred_at) AS first_seen, max(occurred_at) AS last_seen, max(score) AS max_score
FROM {database}.verdicts
GROUP BY run_id, bucket, category, outcome, severity, organization_id, country, model, revision
;
-- Volumes of all events by hour: exact counts, recomputed from events for the hours that a batch touched; the newest computation wins.
CREATE TABLE IF NOT EXISTS {database}.volumes_hour {on_cluster}
(
    bucket            DateTime('UTC'),
    organization_id   LowCardinality(String),
    model             LowCardinality(String),
    country           LowCardinality(String),
    declared_use_case LowCardinality(String),
    source            LowCardinality(String),
    events            UInt64,
    input_tokens      UInt64,
    output_tokens     UInt64,
    computed_at       DateTime64(3, 'UTC')                 COMMENT 'taken before events were read'
)
ENGINE = {replicated}ReplacingMergeTree(computed_at)
PARTITION BY toYYYYMM(bucket)
ORDER BY (bucket, organization_id, model, country, declared_use_case, source)
SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
-- One row per landed chunk: proof that no offset was passed over. inputs = landed + dead_lettered + sum(filtered).
CREATE TABLE IF NOT EXISTS {database}.ledger {on_cluster}
(
    topic         LowCardinality(String),
    partition     UInt32,
    first_offset  UInt64                                   COMMENT 'previous last + 1, so that legal gaps are covered',
    last_offset   UInt64,
    records       UInt32                                   COMMENT 'Kafka records read',
    inputs        UInt32                                   COMMENT 'events, lines and tombstones in them',
    landed        UInt32,
    dead_lettered UInt32,
    filtered      Map(LowCardinality(String), UInt32)      COMMENT 'set aside, by reason',
    hours         Array(DateTime('UTC'))                   COMMENT 'hours of event time touched; their volumes are recomputed',
    worker        LowCardinality(String),
    landed_at     DateTime64(3, 'UTC')
)
ENGINE = {replicated}ReplacingMergeTree(landed_at)
PARTITION BY toYYYYMM(landed_at)
ORDER BY (topic, partition, first_offset, last_offset)
TTL toDateTime(landed_at) + INTERVAL {events_months} MONTH
SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
-- What could not be landed. Metadata only: the bytes are on the dead-letter topic.
CREATE TABLE IF NOT EXISTS {database}.dead_letters {on_cluster}
(
    topic             LowCardinality(String)               COMMENT 'where the input came from',
    partition         UInt32,
    offset            UInt64,
    line              UInt32,
    reason            LowCardinality(String),
    message           String                               COMMENT 'what was wrong and where; never content',
    original_bytes    UInt64,
    sha256            String                               COMMENT 'keyed hash of the input',
    truncated         Bool,
    letter_partition  UInt32                               COMMENT 'where the bytes are on the dead-letter topic',
    letter_offset     UInt64,
    received_at       DateTime64(3, 'UTC'),
    rejected_at       DateTime64(3, 'UTC')
)
ENGINE = {replicated}ReplacingMergeTree(rejected_at)
PARTITION BY toYYYYMM(received_at)
ORDER BY (topic, partition, offset, line)
TTL toDateTime(received_at) + INTERVAL {dead_letters_days} DAY
SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
-- Runs: one pack over a range of event time. The boundary only ever moves earlier (min), so workers that race agree.
CREATE TABLE IF NOT EXISTS {database}.runs {on_cluster}
(
    run_id       String,
    kind         SimpleAggregateFunction(anyLast, LowCardinality(String))                  COMMENT 'live, retag or shadow',
    pack_hash    SimpleAggregateFunction(anyLast, String),
    parent_run   SimpleAggregateFunction(anyLast, String),
    valid_from   SimpleAggregateFunction(min, DateTime64(3, 'UTC'))                        COMMENT 'event time, inclusive',
    valid_to     SimpleAggregateFunction(min, DateTime64(3, 'UTC'))                        COMMENT 'event time, exclusive',
    opened_at    SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    completed_at SimpleAggregateFunction(max, DateTime64(3, 'UTC'))                        COMMENT '1970 while a retag is under way'
)
ENGINE = {replicated}AggregatingMergeTree
ORDER BY run_id
SETTINGS fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
-- Packs by content hash, so that a late event can be decided by the pack of its time and an auditor can read what was in force.
CREATE TABLE IF NOT EXISTS {database}.packs {on_cluster}
(
    pack_hash   String,
    files       SimpleAggregateFunction(anyLast, Map(String, String)) COMMENT 'path within the pack -> text',
    recorded_at SimpleAggregateFunction(min, DateTime64(3, 'UTC'))
)
ENGINE = {replicated}AggregatingMergeTree
ORDER BY pack_hash
SETTINGS fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
