"""Alerts: rules on signals -> firings -> alerts -> outbox -> deliveries.

Read top to bottom: rules (content), facts (what ClickHouse says), kinds (pure: where a rule fires), incidents (pure: firings become alerts),
notices (pure: who must be told), engine (one evaluation), sender and channels (deliveries), service (the process).
"""
