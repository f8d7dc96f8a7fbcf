-- question: Is it one user or many? How the violations of an organization divide over its users (by keyed hash).
-- owner: trust and safety
-- grain: one row per organization and category
-- param: since DateTime64(3, 'UTC') = 30d
-- param: until DateTime64(3, 'UTC') = now
-- param: category String = ''
-- param: organization String = ''
-- param: least UInt32 = 5
-- param: limit UInt32 = 50
-- Events without a user count as one user, hash 0. `least`: fewer tagged events are not listed.
SELECT organization_id, category, sum(tags) AS tagged_events, count() AS users, max(tags) AS most_of_one_user,
       round(most_of_one_user / tagged_events, 4) AS share_of_one_user
FROM
(
    SELECT organization_id, category, user_hash, uniqExact(event_key) AS tags
    FROM audit_verdicts
    WHERE outcome = 'violation'
      AND toStartOfHour(occurred_at) >= toStartOfHour({since:DateTime64(3, 'UTC')}) AND occurred_at < {until:DateTime64(3, 'UTC')}
      AND ({category:String} = '' OR category = {category:String})
      AND ({organization:String} = '' OR organization_id = {organization:String})
    GROUP BY organization_id, category, user_hash
)
GROUP BY organization_id, category
HAVING tagged_events >= {least:UInt32}
ORDER BY share_of_one_user DESC, tagged_events DESC, organization_id, category
LIMIT {limit:UInt32}
