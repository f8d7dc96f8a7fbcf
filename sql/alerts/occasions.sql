-- What has been written to the outbox about some alerts.
SELECT alert_id, route, occasion, severity FROM deliveries WHERE alert_id IN {alerts:Array(String)}
