-- When each organization first violated each category, within what is known. By hour: a day may belong to two runs.
SELECT organization_id AS organization, category, toInt64(toUnixTimestamp(min(s.first_seen))) AS first
FROM audit_states_hour AS s
WHERE outcome = 'violation' AND bucket >= {since:DateTime64(3, 'UTC')} AND bucket < {until:DateTime64(3, 'UTC')}
GROUP BY organization, category
