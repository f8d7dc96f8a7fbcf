-- Alerts of the last day that reached nobody by some route.
SELECT route, count() AS value FROM audit_deliveries WHERE state = 'dead' AND updated_at >= now64(3) - toIntervalDay(1) GROUP BY route ORDER BY route
