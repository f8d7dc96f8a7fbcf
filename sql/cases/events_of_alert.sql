-- Tagged events that an alert counts, the worst first: of its window, its category and its organizations, as far as it names them.
SELECT organization_id, event_id, min(v.occurred_at) AS occurred_at
FROM audit_verdicts AS v
WHERE v.occurred_at >= {since:DateTime64(3, 'UTC')} AND v.occurred_at < {until:DateTime64(3, 'UTC')}
  AND ({category:String} = '' OR category = {category:String})
  AND (empty({organizations:Array(String)}) OR organization_id IN {organizations:Array(String)})
GROUP BY organization_id, event_id
ORDER BY max(v.severity) DESC, max(v.score) DESC, event_id
LIMIT {limit:UInt32}
