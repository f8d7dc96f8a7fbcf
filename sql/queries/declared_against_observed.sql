-- question: Does what is tagged fit what organizations say they use the API for?
-- owner: trust and safety
-- grain: one row per declared use and category
-- param: since DateTime64(3, 'UTC') = 30d
-- param: until DateTime64(3, 'UTC') = now
-- param: organization String = ''
-- param: outcome String = violation
-- `lift`: how many times as often as in all traffic of the period the category turns up under that declared use.
WITH volumes AS
(
    SELECT declared_use_case, sum(events) AS seen
    FROM audit_volumes
    WHERE bucket >= toStartOfHour({since:DateTime64(3, 'UTC')}) AND bucket < {until:DateTime64(3, 'UTC')}
      AND ({organization:String} = '' OR organization_id = {organization:String})
    GROUP BY declared_use_case
),
tags AS
(
    SELECT declared_use_case, category, uniqExact(event_key) AS tagged
    FROM audit_verdicts
    WHERE toStartOfHour(occurred_at) >= toStartOfHour({since:DateTime64(3, 'UTC')}) AND occurred_at < {until:DateTime64(3, 'UTC')}
      AND ({organization:String} = '' OR organization_id = {organization:String})
      AND ({outcome:String} = '' OR outcome = {outcome:String})
    GROUP BY declared_use_case, category
)
SELECT if(t.declared_use_case = '', 'not declared', t.declared_use_case) AS declared_use, t.category AS category, t.tagged AS tagged_events, v.seen AS all_events,
       round(1000 * t.tagged / greatest(v.seen, 1), 3) AS per_thousand,
       round((t.tagged / greatest(v.seen, 1)) / (sum(t.tagged) OVER (PARTITION BY t.category) / greatest((SELECT sum(seen) FROM volumes), 1)), 2) AS lift
FROM tags AS t
LEFT JOIN volumes AS v ON v.declared_use_case = t.declared_use_case
ORDER BY tagged_events DESC, declared_use, category
