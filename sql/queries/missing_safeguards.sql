-- question: Which required safeguards are missing, and where?
-- owner: compliance
-- grain: one row per category and safeguard
-- param: since DateTime64(3, 'UTC') = 30d
-- param: until DateTime64(3, 'UTC') = now
-- param: organization String = ''
-- An event that lacks two safeguards counts under both.
SELECT category, safeguard, uniqExact(event_key) AS tagged_events, uniqExact(organization_id) AS organizations,
       arraySort(topK(3)(toString(organization_id))) AS most_often, max(occurred_at) AS last_seen
FROM audit_verdicts ARRAY JOIN missing_safeguards AS safeguard
WHERE toStartOfHour(occurred_at) >= toStartOfHour({since:DateTime64(3, 'UTC')}) AND occurred_at < {until:DateTime64(3, 'UTC')}
  AND ({organization:String} = '' OR organization_id = {organization:String})
GROUP BY category, safeguard
ORDER BY tagged_events DESC, category, safeguard
