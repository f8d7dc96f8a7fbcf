-- The evidence chain: for each closed hour of event time a seal over the verdicts that had landed, each linking the one before, signed.
-- What lands later for a sealed hour gets a seal of its own (amendment 1, 2, …) at the end of the chain; nothing is ever sealed again.
CREATE TABLE IF NOT EXISTS {database}.evidence_seals {on_cluster}
(
    number     UInt64                                      COMMENT 'place in the chain, from 1',
    hour       DateTime('UTC')                             COMMENT 'hour of event time',
    amendment  UInt16                                      COMMENT '0: the first seal of the hour; else of what landed after the one before',
    leaves     UInt32                                      COMMENT 'verdicts under the root',
    root       FixedString(64)                             COMMENT 'Merkle root of their leaves, SHA-256 in hex',
    previous   FixedString(64)                             COMMENT 'hash of the seal before, zeros for the first',
    sealed_at  DateTime64(3, 'UTC'),
    key_id     LowCardinality(String)                      COMMENT 'which key signed: the beginning of its hash',
    signature  FixedString(128)                            COMMENT 'Ed25519 over all of the above, in hex'
)
ENGINE = {replicated}ReplacingMergeTree
ORDER BY (number, root)
SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
COMMENT 'Seals of the evidence chain'
;
-- A leaf is a salted hash of a verdict. It tells nothing of the verdict to whoever has not the hash key, so it stays when the verdict is erased.
CREATE TABLE IF NOT EXISTS {database}.evidence_leaves {on_cluster}
(
    hour     DateTime('UTC'),
    root     FixedString(64)                               COMMENT 'of the seal that it belongs to; leaves without a seal are of a sealing that was interrupted',
    position UInt32                                        COMMENT 'from 0, in the order of the canonical rows',
    leaf     FixedString(64)
)
ENGINE = {replicated}ReplacingMergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (hour, root, position)
SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
COMMENT 'Leaves of the evidence chain: salted hashes of verdicts'
;
CREATE OR REPLACE VIEW {database}.audit_evidence_seals {on_cluster} AS
SELECT * FROM {database}.evidence_seals FINAL
COMMENT 'Seals of the evidence chain, one per closed hour and amendment'
;
