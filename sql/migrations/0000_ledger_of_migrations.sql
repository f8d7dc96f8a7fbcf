-- The database, and the tables that record which migrations and settings it has. Runs before every migration.
CREATE DATABASE IF NOT EXISTS {database} {on_cluster}
;
CREATE TABLE IF NOT EXISTS {database}.schema_migrations {on_cluster}
(
    number     UInt32,
    name       String,
    checksum   String                COMMENT 'SHA-256 of the file',
    applied_at DateTime64(3, 'UTC'),
    applied_by String                COMMENT 'version of Plumbline'
)
ENGINE = {replicated}ReplacingMergeTree(applied_at)
ORDER BY number
COMMENT 'Which migrations this database has'
;
CREATE TABLE IF NOT EXISTS {database}.schema_settings {on_cluster}
(
    name   String,
    value  String,
    set_at DateTime64(3, 'UTC')
)
ENGINE = {replicated}ReplacingMergeTree(set_at)
ORDER BY name
COMMENT 'Settings that the schema was made or altered with: retention, fsync'
;
