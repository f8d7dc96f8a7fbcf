-- Rows of one table, copies that merges have not removed included: how many, of when the oldest is, how many are past their end, and since when.
-- Placeholders, filled by streams/retention.py from the schema: {table}, {oldest} and {ends}, expressions over the table's columns.
SELECT count() AS rows, minOrNull(toDateTime({oldest}, 'UTC')) AS oldest, countIf({ends} <= now()) AS past_due,
       minOrNullIf(toDateTime({ends}, 'UTC'), {ends} <= now()) AS due_since
FROM {table}
