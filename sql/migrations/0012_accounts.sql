-- Beside the name that somebody gives (`--by`), or that the page knows by a token: the account of the machine under which the process ran that wrote
-- the row. A name can be given by anybody, the account cannot. Rows from before have none.
ALTER TABLE {database}.case_entries {on_cluster} ADD COLUMN IF NOT EXISTS account LowCardinality(String) COMMENT 'account of the process that wrote it' AFTER person
;
ALTER TABLE {database}.golden_tags {on_cluster} ADD COLUMN IF NOT EXISTS account LowCardinality(String) COMMENT 'account of the process that wrote it' AFTER settled_by
;
ALTER TABLE {database}.alert_actions {on_cluster} ADD COLUMN IF NOT EXISTS account LowCardinality(String) COMMENT 'account of the process that wrote it' AFTER reader
;
ALTER TABLE {database}.access_log {on_cluster} ADD COLUMN IF NOT EXISTS account LowCardinality(String) COMMENT 'account of the process that wrote it' AFTER role
;
CREATE OR REPLACE VIEW {database}.audit_case_entries {on_cluster} AS
SELECT * FROM {database}.case_entries FINAL
COMMENT 'History of cases: who did and decided what, and why'
;
CREATE OR REPLACE VIEW {database}.audit_golden_tags {on_cluster} AS
SELECT * FROM {database}.golden_tags FINAL
COMMENT 'Tags whose right answer is settled, to hold reviewers against'
;
CREATE OR REPLACE VIEW {database}.audit_alert_actions {on_cluster} AS
SELECT * FROM {database}.alert_actions FINAL
COMMENT 'What people did about alerts: acknowledged, silenced, silence lifted'
;
CREATE OR REPLACE VIEW {database}.audit_access_log {on_cluster} AS
SELECT * FROM {database}.access_log FINAL
COMMENT 'Who saw and did what on the page'
;
