SELECT name, value FROM schema_settings FINAL ORDER BY name
