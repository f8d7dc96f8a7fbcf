-- question: Which event ids came with more than one content?
-- owner: platform
-- grain: one row per event id, newest first
-- param: limit UInt32 = 20
SELECT organization_id, event_id, contents, first_occurred_at, last_occurred_at, sources, last_landed_at
FROM audit_conflicts
ORDER BY last_landed_at DESC, organization_id, event_id
LIMIT {limit:UInt32}
