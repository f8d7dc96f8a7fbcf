-- question: How many of a thousand events are violations, by category, with a 95 % interval (Wilson)?
-- owner: compliance
-- grain: one row per category
-- param: since DateTime64(3, 'UTC') = 7d
-- param: until DateTime64(3, 'UTC') = now
-- param: organization String = ''
-- param: outcome String = violation
-- The interval says how much a rate would vary by chance; whether the tags are right is in `prevalence`.
WITH 1.959964 AS z, greatest(all_events, 1) AS n, least(tagged_events / n, 1) AS p
SELECT category, uniqExactMerge(s.events) AS tagged_events,
       (
           SELECT sum(events) FROM audit_volumes
           WHERE bucket >= toStartOfHour({since:DateTime64(3, 'UTC')}) AND bucket < {until:DateTime64(3, 'UTC')}
             AND ({organization:String} = '' OR organization_id = {organization:String})
       ) AS all_events,
       round(1000 * p, 3) AS per_thousand,
       round(1000 * (p + z * z / (2 * n) - z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n), 3) AS low,
       round(1000 * (p + z * z / (2 * n) + z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n), 3) AS high
FROM audit_states_hour AS s
WHERE bucket >= toStartOfHour({since:DateTime64(3, 'UTC')}) AND bucket < {until:DateTime64(3, 'UTC')}
  AND ({organization:String} = '' OR organization_id = {organization:String})
  AND ({outcome:String} = '' OR outcome = {outcome:String})
GROUP BY category
ORDER BY tagged_events DESC, category
