-- Categories that were ever tagged.
SELECT DISTINCT category FROM audit_states_hour ORDER BY category
