-- check: in every landed chunk, each input was landed, dead-lettered or set aside
-- next: plumbline query dead_letters_by_reason
SELECT concat(topic, '/', toString(partition), '/', toString(first_offset), '-', toString(last_offset)) AS place, toUInt64(inputs) AS expected,
       toUInt64(landed) + dead_lettered + arraySum(mapValues(filtered)) AS found,
       concat(toString(inputs), ' inputs, but ', toString(landed), ' landed, ', toString(dead_lettered), ' dead-lettered and ',
              toString(arraySum(mapValues(filtered))), ' set aside') AS difference
FROM ledger FINAL
WHERE expected != found
ORDER BY place
