-- What reviews found wrong and nobody disputes: false alarms, and what was missed.
SELECT organization_id, event_id, content_hash, category, side, rule, said_at
FROM
(
    SELECT organization_id, event_id, content_hash, toString(category) AS category, 'silent' AS side, toString(rule) AS rule, reviewed_at AS said_at
    FROM audit_reviews
    WHERE decision = 'dismissed' AND NOT disputed AND outcome != 'excused'
    UNION ALL
    SELECT organization_id, event_id, content_hash, toString(missed), 'fires', '', assessed_at
    FROM audit_assessments
    WHERE missed != '' AND NOT disputed
)
WHERE said_at >= {since:DateTime64(3, 'UTC')}
ORDER BY category, side, said_at, event_id
