-- Cases: what people find out about an organization or a campaign, and what they decide. Append-only: a case is the fold of its entries
-- (streams/cases/entries.py), nothing is ever written over.
CREATE TABLE IF NOT EXISTS {database}.case_entries {on_cluster}
(
    case_id         String,
    number          UInt32                                 COMMENT 'place in the history, from 0; of two written at once under one number, the first by time and id counts',
    entry_id        String,
    at              DateTime64(3, 'UTC'),
    person          LowCardinality(String)                 COMMENT 'who did it',
    action          LowCardinality(String)                 COMMENT 'open, assign, note, link, decide, appeal or close',
    reason          String                                 COMMENT 'why, or what the note says, in the words of the person',
    subject         LowCardinality(String)                 COMMENT 'open: organization or campaign',
    title           String                                 COMMENT 'open: one line',
    organizations   Array(String)                          COMMENT 'open: whom it is about',
    alert_id        String                                 COMMENT 'open: the alert that it was opened from, if one was',
    assignee        LowCardinality(String)                 COMMENT 'assign: who takes it; appeal: the second reviewer',
    decision        LowCardinality(String)                 COMMENT 'decide: warn, restrict, report or dismiss',
    organization_id LowCardinality(String)                 COMMENT 'link: the event',
    event_id        String,
    occurred_at     DateTime64(3, 'UTC')
)
ENGINE = {replicated}ReplacingMergeTree
ORDER BY (case_id, number, at, entry_id)
TTL toDateTime(at) + INTERVAL {events_months} MONTH
SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
COMMENT 'History of cases, append-only'
;
CREATE OR REPLACE VIEW {database}.audit_case_entries {on_cluster} AS
SELECT * FROM {database}.case_entries FINAL
COMMENT 'History of cases: who did and decided what, and why'
;
