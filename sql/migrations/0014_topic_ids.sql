-- Of which topic an offset is, by the id that the broker gave it: a topic that is deleted and made anew under its name has the same offsets again, for
-- other records. The ledger keeps both; a dead letter is what came last from its place. Rows from before count for the first id that is known.
ALTER TABLE {database}.ledger {on_cluster}
    ADD COLUMN IF NOT EXISTS topic_id String COMMENT 'id that the broker gave the topic; empty in rows from before',
    MODIFY ORDER BY (topic, partition, first_offset, last_offset, topic_id)
;
ALTER TABLE {database}.dead_letters {on_cluster}
    ADD COLUMN IF NOT EXISTS topic_id String COMMENT 'id that the broker gave the topic; empty in rows from before'
;
CREATE OR REPLACE VIEW {database}.audit_ledger {on_cluster} AS
SELECT * FROM {database}.ledger FINAL
COMMENT 'One row per landed chunk of a partition: what was read, landed, dead-lettered and set aside'
;
CREATE OR REPLACE VIEW {database}.audit_dead_letters {on_cluster} AS
SELECT * FROM {database}.dead_letters FINAL
COMMENT 'Input that could not be landed: where it came from and why. The bytes are on the dead-letter topic'
;
CREATE OR REPLACE VIEW {database}.audit_topics_read {on_cluster} AS
SELECT topic, argMinIf(topic_id, landed_at, topic_id != '') AS first_id, argMaxIf(topic_id, landed_at, topic_id != '') AS last_id
FROM {database}.ledger
GROUP BY topic
COMMENT 'The first and the last id of each topic in the ledger; both empty where only rows from before are known'
;
CREATE OR REPLACE VIEW {database}.audit_ledger_by_log {on_cluster} AS
SELECT l.topic AS topic, if(l.topic_id = '', t.first_id, l.topic_id) AS log, log = t.last_id AS is_current, l.partition AS partition,
       l.first_offset AS first_offset, l.last_offset AS last_offset, l.dead_lettered AS dead_lettered, l.landed_at AS landed_at
FROM {database}.ledger AS l FINAL LEFT JOIN {database}.audit_topics_read AS t ON t.topic = l.topic
COMMENT 'The ledger by log: a topic that was made anew under its name is another log, and only the last one is current'
;
