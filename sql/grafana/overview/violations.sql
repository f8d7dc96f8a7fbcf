-- Violations: distinct events per category, added up.
SELECT sum(tags) AS violations
FROM (SELECT category, uniqExactMerge(events) AS tags FROM audit_states_hour WHERE $__timeFilter(bucket) AND outcome = 'violation' GROUP BY category)
