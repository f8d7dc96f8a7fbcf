-- check: no offset is acknowledged to Kafka that is not in the ledger
-- next: plumbline worker (after setting the group back to the offset named)
-- needs: broker
WITH log AS
(
    SELECT place.1 AS topic, place.2 AS partition, place.3 AS begin, place.4 AS committed
    FROM (SELECT arrayJoin(arrayZip({topics:Array(String)}, {partitions:Array(UInt32)}, {begins:Array(UInt64)}, {committed:Array(UInt64)})) AS place)
),
covered AS
(
    SELECT topic, partition, min(first_offset) AS first, max(last_offset) + 1 AS next
    FROM audit_ledger_by_log
    WHERE is_current
    GROUP BY topic, partition
)
SELECT concat(log.topic, '/', toString(log.partition)) AS place, log.committed AS expected, covered.next AS found,
       if(log.committed > covered.next,
          concat('the group committed ', toString(log.committed), ', but the ledger ends before ', toString(covered.next)),
          concat('the log begins at ', toString(log.begin), ', but the ledger at ', toString(covered.first))) AS difference
FROM log LEFT JOIN covered ON covered.topic = log.topic AND covered.partition = log.partition
WHERE log.committed > covered.next OR (log.committed > log.begin AND covered.first > log.begin)
ORDER BY place
