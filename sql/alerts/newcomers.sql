-- When each organization was first seen at all, and the first hour of which anything is known. Archives from before that are not `since` then.
SELECT organization_id AS organization, toInt64(toUnixTimestamp(min(bucket))) AS first
FROM audit_volumes
WHERE bucket >= {since:DateTime64(3, 'UTC')}
GROUP BY organization
