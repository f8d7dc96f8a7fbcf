-- question: Which organizations tell the model, in a system prompt, of a use that the policy speaks of?
-- owner: trust and safety
-- grain: one row per organization and category
-- param: since DateTime64(3, 'UTC') = 30d
-- param: until DateTime64(3, 'UTC') = now
-- param: organization String = ''
-- param: category String = ''
-- A tag counts here whose first evidence lies in the system prompt: the product is made for it, not one request. `share`: of all events of the organization.
-- Verdicts of events that do not carry the prompt are not touched by it. Where the classifier needs prompt and request together, its evidence is in the request and is not counted.
WITH volumes AS
(
    SELECT organization_id, sum(events) AS seen
    FROM audit_volumes
    WHERE bucket >= toStartOfHour({since:DateTime64(3, 'UTC')}) AND bucket < {until:DateTime64(3, 'UTC')}
    GROUP BY organization_id
)
SELECT d.organization_id AS organization_id, d.category AS category, d.outcomes AS outcomes, d.declaring AS declaring_events, v.seen AS all_events,
       round(d.declaring / greatest(v.seen, 1), 3) AS share, d.first_seen AS first_seen, d.last_seen AS last_seen
FROM
(
    SELECT organization_id, category, arraySort(groupUniqArray(toString(outcome))) AS outcomes, uniqExact(event_key) AS declaring,
           min(occurred_at) AS first_seen, max(occurred_at) AS last_seen
    FROM audit_verdicts
    WHERE field = 'system' AND toStartOfHour(occurred_at) >= toStartOfHour({since:DateTime64(3, 'UTC')}) AND occurred_at < {until:DateTime64(3, 'UTC')}
      AND ({organization:String} = '' OR organization_id = {organization:String})
      AND ({category:String} = '' OR category = {category:String})
    GROUP BY organization_id, category
) AS d
LEFT JOIN volumes AS v ON v.organization_id = d.organization_id
ORDER BY declaring_events DESC, organization_id, category
