-- Per partition the first offset that is not known to have landed. Chunks of one partition may land out of order: a gap in what landed within the
-- last hour counts, as its chunk may have been in flight; older gaps are offsets that nobody will land any more.
SELECT topic, partition, if(open_gaps > 0, first_gap, ends) AS next
FROM
(
    SELECT topic, partition, max(last_offset) + 1 AS ends, countIf(is_open) AS open_gaps, minIf(expected, is_open) AS first_gap
    FROM
    (
        SELECT topic, partition, last_offset, if(at = 1, 0, covered_to + 1) AS expected,
               first_offset > expected AND landed_at > (SELECT max(landed_at) FROM ledger) - INTERVAL 1 HOUR AS is_open
        FROM
        (
            SELECT topic, partition, first_offset, last_offset, landed_at, row_number() OVER so_far AS at,
                   max(last_offset) OVER (PARTITION BY topic, partition ORDER BY first_offset, last_offset
                                          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS covered_to
            FROM audit_ledger_by_log
            WHERE is_current
            WINDOW so_far AS (PARTITION BY topic, partition ORDER BY first_offset, last_offset)
        )
    )
    GROUP BY topic, partition
)
ORDER BY topic, partition
