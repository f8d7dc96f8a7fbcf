"""What readers may read, by role: of the store by token, of a server by `plumbline db grants`."""

# What people may read who are not to see anybody in particular (sql/migrations/0006_analyst_views.sql).
ANALYSTS = frozenset({
    "analyst_signals_day", "analyst_volumes_day", "analyst_reviews", "analyst_pipeline_day", "analyst_dead_letters_day", "analyst_runs",
})  # fmt: skip
# What dashboards show besides: exact aggregates without users, and what the machine does.
DASHBOARDS = ANALYSTS | {
    "audit_states_hour", "audit_signals_minute", "audit_signals_hour", "audit_volumes", "audit_dead_letters", "audit_ledger", "audit_runs",
    "audit_run_periods", "audit_alerts", "audit_deliveries",
}  # fmt: skip
ROLES = {"analyst": ANALYSTS, "dashboards": DASHBOARDS}
