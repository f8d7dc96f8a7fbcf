-- How far the last evaluation came.
SELECT landed_until, rules_hash FROM alert_evaluations FINAL ORDER BY evaluated_at DESC LIMIT 1
