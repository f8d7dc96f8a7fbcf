-- question: Who saw and did what within the span?
-- owner: compliance
-- grain: one row per person, role and action
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC')
SELECT reader, role, action, count() AS times, uniqExactIf(organization_id, organization_id != '') AS organizations, min(a.at) AS first,
       max(a.at) AS last
FROM audit_access_log AS a
WHERE a.at >= {since:DateTime64(3, 'UTC')} AND a.at < {until:DateTime64(3, 'UTC')}
GROUP BY reader, role, action
ORDER BY reader, role, action
