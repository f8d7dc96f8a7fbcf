-- check: every offset of every partition is in the ledger, from the first one on
-- next: plumbline worker (if the records are still on the topic, set the group back to the offset named)
SELECT concat(topic, '/', toString(partition)) AS place, covered_to + 1 AS expected, first_offset AS found,
       concat('offsets ', toString(covered_to + 1), ' to ', toString(first_offset - 1), ' were landed by nobody') AS difference
FROM
(
    SELECT topic, partition, first_offset, row_number() OVER partition_so_far AS at,
           max(last_offset) OVER (PARTITION BY topic, log, partition ORDER BY first_offset, last_offset
                                  ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS covered_to
    FROM audit_ledger_by_log
    WINDOW partition_so_far AS (PARTITION BY topic, log, partition ORDER BY first_offset, last_offset)
)
WHERE at > 1 AND first_offset > covered_to + 1
ORDER BY place, expected
