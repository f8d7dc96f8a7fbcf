"""Grafana: dashboards and alert rules from one description (`dashboards.toml`, `alert_rules.toml`, SQL in sql/grafana).

They become provisioning files, or are pushed over HTTP.
"""
