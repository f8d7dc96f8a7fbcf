-- Deliveries that are still to be made.
SELECT * FROM audit_deliveries WHERE state = 'pending' ORDER BY next_at, delivery_id
