-- Rows of a table that hold one of the words in their text, and rows that hold one of the numbers (bytes, in hex) in their binary form, which states
-- of aggregates have, too. Copies count: nothing is merged before it is read.
SELECT countIf(match(formatRow('TSVRaw', {columns}), {words:String})) AS words,
       countIf(multiSearchAny(formatRow('RowBinary', {columns}), arrayMap(number -> unhex(number), {numbers:Array(String)}))) AS numbers
FROM `{database}`.`{table}`
