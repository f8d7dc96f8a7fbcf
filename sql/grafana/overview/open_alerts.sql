-- Alerts that wait for somebody, whenever they were opened.
SELECT countIf(state = 'open') AS open_alerts FROM audit_alerts
