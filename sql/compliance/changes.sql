-- question: Which changes of the schema were made within the span?
-- owner: compliance
-- grain: one row per migration, in order of time
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC')
SELECT applied_at, name, applied_by
FROM schema_migrations FINAL
WHERE applied_at >= {since:DateTime64(3, 'UTC')} AND applied_at < {until:DateTime64(3, 'UTC')}
ORDER BY number
