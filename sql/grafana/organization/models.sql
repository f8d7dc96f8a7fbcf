-- Models that the organization uses: all events, and tagged ones.
SELECT model, sum(seen) AS all_events, sum(tagged) AS tagged_events
FROM
(
    SELECT model, sum(events) AS seen, 0 AS tagged FROM audit_volumes WHERE $__timeFilter(bucket) AND organization_id = ${organization:sqlstring} GROUP BY model
    UNION ALL
    SELECT model, 0 AS seen, uniqExactMerge(events) AS tagged FROM audit_states_hour WHERE $__timeFilter(bucket) AND organization_id = ${organization:sqlstring} GROUP BY model
)
GROUP BY model
ORDER BY all_events DESC, model
