-- check: every dead letter that the ledger counts is listed, and no other
-- next: plumbline dead-letters list
-- A place has one letter: of a topic that was made anew, those of the old one give way to the new one's, and may be short.
-- A replayed letter that is rejected again keeps the coordinates of its original: letters from elsewhere that were rejected since make up for a shortage.
WITH letters AS
(
    SELECT d.topic AS topic, if(d.topic_id = '', t.first_id, d.topic_id) AS log, d.partition AS partition, d.offset AS offset,
           sum(count()) OVER (PARTITION BY topic, log, partition ORDER BY offset ROWS UNBOUNDED PRECEDING) AS so_far
    FROM dead_letters AS d FINAL LEFT JOIN audit_topics_read AS t ON t.topic = d.topic
    GROUP BY topic, log, partition, offset
),
chunks AS
(
    SELECT topic, log, is_current, partition, first_offset, last_offset, dead_lettered, landed_at
    FROM audit_ledger_by_log
    WHERE landed_at > now64(3, 'UTC') - toIntervalDay(greatest({dead_letters_days:UInt32}, 2) - 1)
),
differing AS
(
    SELECT chunks.topic AS topic, chunks.partition AS partition, chunks.first_offset AS first_offset, chunks.last_offset AS last_offset,
           chunks.landed_at AS landed_at, toUInt64(chunks.dead_lettered) AS expected, upto_last.so_far - upto_first.so_far AS found
    FROM chunks
    ASOF LEFT JOIN letters AS upto_last
        ON upto_last.topic = chunks.topic AND upto_last.log = chunks.log AND upto_last.partition = chunks.partition AND upto_last.offset <= chunks.last_offset
    ASOF LEFT JOIN letters AS upto_first
        ON upto_first.topic = chunks.topic AND upto_first.log = chunks.log AND upto_first.partition = chunks.partition AND upto_first.offset < chunks.first_offset
    WHERE expected < found OR (is_current AND expected > found)
)
SELECT concat(topic, '/', toString(partition), '/', toString(first_offset), '-', toString(last_offset)) AS place, expected, found,
       concat('the ledger counts ', toString(expected), ' dead letters, the list has ', toString(found)) AS difference
FROM
(
    SELECT d.topic AS topic, d.partition AS partition, d.first_offset AS first_offset, d.last_offset AS last_offset, d.expected AS expected,
           toUInt64(d.found) AS found,
           countIf(l.rejected_at >= d.landed_at AND NOT (l.partition = d.partition AND l.offset >= d.first_offset)) AS rejected_since
    FROM differing AS d LEFT JOIN (SELECT topic, partition, offset, rejected_at FROM dead_letters FINAL) AS l ON l.topic = d.topic
    GROUP BY ALL
)
WHERE found > expected OR found + rejected_since < expected
ORDER BY place
