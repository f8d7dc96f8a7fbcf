-- question: Which categories turn up in the same event?
-- owner: trust and safety
-- grain: one row per pair of categories
-- param: since DateTime64(3, 'UTC') = 30d
-- param: until DateTime64(3, 'UTC') = now
-- param: outcome String = ''
-- param: least UInt32 = 1
-- `overlap`: events of both, as a share of the events of either (Jaccard).
WITH events AS
(
    SELECT event_key, arraySort(groupUniqArray(category)) AS categories
    FROM audit_verdicts
    WHERE toStartOfHour(occurred_at) >= toStartOfHour({since:DateTime64(3, 'UTC')}) AND occurred_at < {until:DateTime64(3, 'UTC')}
      AND ({outcome:String} = '' OR outcome = {outcome:String})
    GROUP BY event_key
),
totals AS (SELECT category, count() AS tagged FROM events ARRAY JOIN categories AS category GROUP BY category)
SELECT p.first AS category, p.second AS with_category, p.both AS both_events, a.tagged AS category_events, b.tagged AS with_events,
       round(both_events / (category_events + with_events - both_events), 4) AS overlap
FROM
(
    SELECT first, second, count() AS both
    FROM events ARRAY JOIN categories AS first ARRAY JOIN categories AS second
    WHERE first < second
    GROUP BY first, second
    HAVING both >= {least:UInt32}
) AS p
INNER JOIN totals AS a ON a.category = p.first
INNER JOIN totals AS b ON b.category = p.second
ORDER BY both_events DESC, category, with_category
