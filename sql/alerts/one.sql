-- One alert.
SELECT * FROM audit_alerts WHERE alert_id = {alert:String}
