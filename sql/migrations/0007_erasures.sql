-- People whose rows were removed on request, and the worklist of a removal that is under way.

-- The tombstone: what a replay brings again of such a person, up to `until`, is set aside and not landed. It holds the keyed hash, never the id.
CREATE TABLE IF NOT EXISTS {database}.erasures {on_cluster}
(
    organization_id LowCardinality(String),
    user_hash       UInt64                                 COMMENT 'keyed hash of organization and user id',
    key_version     UInt8                                  COMMENT 'version of the hash key',
    until           DateTime64(3, 'UTC')                   COMMENT 'event time, inclusive: what happened later is a new relation and lands',
    reason          String                                 COMMENT 'why, in the words of who asked for it',
    events          UInt64                                 COMMENT 'events that were removed',
    asked_at        DateTime64(3, 'UTC'),
    completed_at    DateTime64(3, 'UTC')                   COMMENT '1970 while it is under way',
    updated_at      DateTime64(3, 'UTC')
)
ENGINE = {replicated}ReplacingMergeTree(updated_at)
ORDER BY (organization_id, user_hash)
SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
COMMENT 'People whose rows were removed, kept so that no replay brings them back'
;
-- Keys of the rows to remove. Filled first and emptied last, so that a removal that was interrupted is gone on with.
CREATE TABLE IF NOT EXISTS {database}.erasing {on_cluster}
(
    organization_id LowCardinality(String),
    occurred_at     DateTime64(3, 'UTC'),
    event_id        String,
    content_hash    UInt64,
    user_hash       UInt64
)
ENGINE = {replicated}ReplacingMergeTree
ORDER BY (organization_id, toStartOfHour(occurred_at), event_id, content_hash)
SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
COMMENT 'Worklist of a removal that is under way, empty otherwise'
;
