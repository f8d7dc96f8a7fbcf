-- How the routes are.
SELECT route, address_hash, failing_from, disabled, reason FROM alert_routes FINAL
