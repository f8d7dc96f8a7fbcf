-- question: Do several organizations send nearly the same text? Clusters by similarity hash.
-- owner: trust and safety
-- grain: one row per cluster of texts that differ in at most max_distance of 64 bits
-- param: since DateTime64(3, 'UTC') = 7d
-- param: until DateTime64(3, 'UTC') = now
-- param: category String = ''
-- param: organizations UInt32 = 3
-- param: max_distance UInt8 = 3
-- param: limit UInt32 = 20
-- Hashes within 3 bits share at least one of four 16-bit bands; the most frequent hash of a band is taken as the centre of a cluster.
WITH texts AS
(
    SELECT category, similarity, count() AS texts, groupUniqArray(organization_id) AS senders, min(occurred_at) AS first_seen,
           max(occurred_at) AS last_seen, any(event_id) AS example
    FROM audit_verdicts
    WHERE similarity != 0 AND toStartOfHour(occurred_at) >= toStartOfHour({since:DateTime64(3, 'UTC')})
      AND occurred_at >= {since:DateTime64(3, 'UTC')} AND occurred_at < {until:DateTime64(3, 'UTC')}
      AND ({category:String} = '' OR category = {category:String})
    GROUP BY category, similarity
),
centres AS
(
    SELECT category, band, argMax(similarity, (texts, similarity)) AS centre
    FROM texts ARRAY JOIN arrayMap(i -> (i, bitAnd(bitShiftRight(similarity, 16 * i), 65535)), range(4)) AS band
    GROUP BY category, band
)
SELECT t.category AS category, c.centre AS similarity, length(groupUniqArrayArray(t.senders)) AS sending_organizations, sum(t.texts) AS tagged_events,
       min(t.first_seen) AS first_seen, max(t.last_seen) AS last_seen, arraySort(groupUniqArrayArray(20)(t.senders)) AS organization_ids,
       argMax(t.example, t.texts) AS example_event_id
FROM texts AS t
INNER JOIN (SELECT DISTINCT category, centre FROM centres) AS c ON c.category = t.category
WHERE bitHammingDistance(t.similarity, c.centre) <= {max_distance:UInt8}
GROUP BY category, similarity
HAVING sending_organizations >= {organizations:UInt32}
ORDER BY sending_organizations DESC, tagged_events DESC, similarity
LIMIT 1 BY category, organization_ids
LIMIT {limit:UInt32}
