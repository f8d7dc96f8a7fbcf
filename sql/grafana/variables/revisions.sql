-- Policy revisions that decided anything, newest first.
SELECT revision FROM audit_states_hour GROUP BY revision ORDER BY min(bucket) DESC
