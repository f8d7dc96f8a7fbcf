SELECT number, name, checksum, applied_at FROM schema_migrations FINAL ORDER BY number
