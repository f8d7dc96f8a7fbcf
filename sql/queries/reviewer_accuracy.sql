-- question: How often does each reviewer give the settled answer on golden cases, with a 95 % interval (Wilson)?
-- owner: trust and safety
-- grain: one row per reviewer who met one
-- param: since DateTime64(3, 'UTC') = 365d
-- param: until DateTime64(3, 'UTC') = now
-- Golden cases are set by `plumbline review golden`; reviewers meet them among the others. Who settled one is not counted on it.
WITH 1.959964 AS z, reviewed AS n, right_answers / n AS p
SELECT reviewer, count() AS reviewed, countIf(r.decision = g.decision) AS right_answers, countIf(r.decision = 'confirmed' AND g.decision = 'dismissed') AS too_strict,
       countIf(r.decision = 'dismissed' AND g.decision = 'confirmed') AS too_lenient, round(p, 4) AS accuracy,
       round((p + z * z / (2 * n) - z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n), 4) AS low,
       round((p + z * z / (2 * n) + z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n), 4) AS high
FROM (SELECT * FROM reviews FINAL) AS r
INNER JOIN audit_golden_tags AS g
    ON g.organization_id = r.organization_id AND g.event_id = r.event_id AND g.content_hash = r.content_hash AND g.category = r.category
    AND g.rule = r.rule AND g.rule_version = r.rule_version
WHERE r.reviewer != g.settled_by AND r.reviewed_at >= {since:DateTime64(3, 'UTC')} AND r.reviewed_at < {until:DateTime64(3, 'UTC')}
GROUP BY reviewer
ORDER BY reviewed DESC, reviewer
