SELECT number, name, checksum, applied_at, applied_by FROM schema_migrations FINAL ORDER BY number
