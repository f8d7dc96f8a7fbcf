-- Tags of the case's organizations on each of the thirty days before it was opened.
SELECT toString(toDate(occurred_at)) AS day, organization_id, category, outcome, count() AS tags
FROM audit_verdicts
WHERE organization_id IN {organizations:Array(String)}
  AND occurred_at >= {opened:DateTime64(3, 'UTC')} - INTERVAL 30 DAY AND occurred_at < {opened:DateTime64(3, 'UTC')}
GROUP BY day, organization_id, category, outcome
ORDER BY day, organization_id, category, outcome
