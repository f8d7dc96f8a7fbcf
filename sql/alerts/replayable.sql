-- Deliveries by their ids; without ids, the dead ones (of one route).
SELECT * FROM audit_deliveries
WHERE (notEmpty({ids:Array(String)}) AND delivery_id IN {ids:Array(String)})
   OR (empty({ids:Array(String)}) AND state = 'dead' AND ({route:String} = '' OR route = {route:String}))
ORDER BY created_at, delivery_id
