-- What changed most against the period of the same length before; surprise is in standard deviations of a count that did not change.
SELECT category, organization_id, uniqExactMergeIf(s.events, bucket >= $__fromTime) AS violations,
       uniqExactMergeIf(s.events, bucket < $__fromTime) AS before,
       round((toInt64(violations) - toInt64(before)) / sqrt(violations + before), 2) AS surprise, toString(max(severity)) AS worst_severity
FROM audit_states_hour AS s
WHERE bucket >= $__fromTime - ($__toTime - $__fromTime) AND bucket <= $__toTime AND outcome = 'violation'
GROUP BY category, organization_id
HAVING abs(surprise) >= 1
ORDER BY surprise DESC, violations DESC, category, organization_id
LIMIT 15
