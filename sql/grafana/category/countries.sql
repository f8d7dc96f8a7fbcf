-- Violations by country.
SELECT if(country = '', 'unknown', country) AS place, uniqExactMerge(events) AS violations
FROM audit_states_hour
WHERE $__timeFilter(bucket) AND $__conditionalAll(category IN (${category:sqlstring}), $category) AND outcome = 'violation'
GROUP BY place
ORDER BY violations DESC, place
LIMIT 12
