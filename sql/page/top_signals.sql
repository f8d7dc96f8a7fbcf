-- question: What are the most frequent values of a dimension that signals have, and how do they compare with the period before?
-- owner: trust and safety
-- grain: one row per value
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC') = now
-- param: by Identifier = organization_id
-- param: category String = ''
-- param: organization String = ''
-- param: outcome String = ''
-- param: limit UInt32 = 20
-- Tags are distinct events per category, added up.
WITH toDateTime({since:DateTime64(3, 'UTC')}, 'UTC') AS start, toDateTime({until:DateTime64(3, 'UTC')}, 'UTC') AS stop, stop - start AS length_s
SELECT name, sum(now_events) AS tagged_events, sum(then_events) AS events_before, uniqExactMerge(senders) AS organizations, max(worst) AS worst_severity,
       max(seen_at) AS last_seen
FROM
(
    SELECT toString({by:Identifier}) AS name, category, uniqExactMergeIf(s.events, bucket >= start) AS now_events,
           uniqExactMergeIf(s.events, bucket < start) AS then_events, uniqExactStateIf(organization_id, bucket >= start) AS senders,
           maxIf(severity, bucket >= start) AS worst, max(s.last_seen) AS seen_at
    FROM audit_states_hour AS s
    WHERE bucket >= start - length_s AND bucket < stop
      AND ({category:String} = '' OR category = {category:String})
      AND ({organization:String} = '' OR organization_id = {organization:String})
      AND ({outcome:String} = '' OR outcome = {outcome:String})
    GROUP BY name, category
)
GROUP BY name
HAVING tagged_events + events_before > 0
ORDER BY tagged_events DESC, events_before DESC, name
LIMIT {limit:UInt32}
