-- Linked events as they stand: their tags of the current run. An event that was erased or has expired has no row.
SELECT e.organization_id AS organization_id, e.event_id AS event_id, e.occurred_at AS occurred_at, e.user_hash AS user_hash,
       e.api_key_hash AS api_key_hash, e.model AS model, groupUniqArrayIf(toString(v.category), v.event_id != '') AS categories,
       groupUniqArrayIf(toString(v.outcome), v.event_id != '') AS outcomes, max(v.score) AS score
FROM
(
    SELECT organization_id, event_id, argMax(content_hash, landed_at) AS content_hash, argMax(occurred_at, landed_at) AS occurred_at,
           argMax(user_hash, landed_at) AS user_hash, argMax(api_key_hash, landed_at) AS api_key_hash, argMax(model, landed_at) AS model
    FROM events
    WHERE organization_id IN {organizations:Array(String)} AND event_id IN {events:Array(String)}
    GROUP BY organization_id, event_id
) AS e
LEFT JOIN
(
    SELECT organization_id, event_id, content_hash, category, outcome, score
    FROM audit_verdicts
    WHERE organization_id IN {organizations:Array(String)} AND event_id IN {events:Array(String)}
) AS v ON v.organization_id = e.organization_id AND v.event_id = e.event_id AND v.content_hash = e.content_hash
GROUP BY organization_id, event_id, occurred_at, user_hash, api_key_hash, model
ORDER BY occurred_at DESC, organization_id, event_id
