-- question: Which organizations have the most tagged events, and what share of all their events is that?
-- owner: trust and safety
-- grain: one row per organization
-- param: since DateTime64(3, 'UTC') = 7d
-- param: until DateTime64(3, 'UTC') = now
-- param: category String = ''
-- param: outcome String = violation
-- param: limit UInt32 = 20
SELECT tagged.organization_id AS organization_id, tagged.tags AS tagged_events, round(tagged.tags / greatest(volume.all_events, 1), 4) AS tags_per_event,
       tagged.categories AS categories, tagged.worst_severity AS worst_severity, tagged.first_seen AS first_seen, tagged.last_seen AS last_seen
FROM
(
    SELECT organization_id, sum(events) AS tags, arraySort(groupUniqArray(category)) AS categories, max(severity) AS worst_severity,
           min(s.first_seen) AS first_seen, max(s.last_seen) AS last_seen
    FROM audit_signals_hour AS s
    WHERE bucket >= toStartOfHour({since:DateTime64(3, 'UTC')}) AND bucket < {until:DateTime64(3, 'UTC')}
      AND ({category:String} = '' OR category = {category:String})
      AND ({outcome:String} = '' OR outcome = {outcome:String})
    GROUP BY organization_id
    ORDER BY tags DESC, organization_id
    LIMIT {limit:UInt32}
) AS tagged
LEFT JOIN
(
    SELECT organization_id, sum(events) AS all_events
    FROM audit_volumes
    WHERE bucket >= toStartOfHour({since:DateTime64(3, 'UTC')}) AND bucket < {until:DateTime64(3, 'UTC')}
    GROUP BY organization_id
) AS volume ON volume.organization_id = tagged.organization_id
ORDER BY tagged_events DESC, organization_id
