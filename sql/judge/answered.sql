-- The newest answer on each event and category of a range, of one judge or of any.
SELECT event_key, content_hash, toString(category) AS category, argMax(rule, asked_at) AS rule, argMax(rule_version, asked_at) AS rule_version,
       argMax(score, asked_at) AS score
FROM opinions
WHERE occurred_at >= {since:DateTime64(3, 'UTC')} AND occurred_at < {until:DateTime64(3, 'UTC')} AND state = 'answered'
  AND ({judge:String} = '' OR judge = {judge:String})
GROUP BY event_key, content_hash, category
