-- How outcomes divide within each category.
SELECT category, uniqExactMergeIf(events, outcome = 'violation') AS violation, uniqExactMergeIf(events, outcome = 'unmet_requirement') AS unmet_requirement,
       uniqExactMergeIf(events, outcome = 'excused') AS excused
FROM audit_states_hour
WHERE $__timeFilter(bucket)
GROUP BY category
ORDER BY violation DESC, category
