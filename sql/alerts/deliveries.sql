-- The outbox, newest first.
SELECT delivery_id, alert_id, route, occasion, state, attempts, status, error, created_at, next_at, updated_at
FROM audit_deliveries
WHERE ({alert:String} = '' OR alert_id = {alert:String}) AND ({state:String} = '' OR state = {state:String})
  AND ({route:String} = '' OR route = {route:String})
ORDER BY created_at DESC, delivery_id
LIMIT {limit:UInt32}
