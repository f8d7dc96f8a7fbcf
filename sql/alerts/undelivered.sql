-- Deliveries that wait or were given up, by route.
SELECT route, state, count() AS deliveries FROM audit_deliveries WHERE state != 'delivered' GROUP BY route, state
