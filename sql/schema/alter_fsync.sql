ALTER TABLE {database}.events {on_cluster} MODIFY SETTING fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
ALTER TABLE {database}.verdicts {on_cluster} MODIFY SETTING fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
ALTER TABLE {database}.excerpts {on_cluster} MODIFY SETTING fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
ALTER TABLE {database}.signals_minute {on_cluster} MODIFY SETTING fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
ALTER TABLE {database}.signals_hour {on_cluster} MODIFY SETTING fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
ALTER TABLE {database}.signals_day {on_cluster} MODIFY SETTING fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
ALTER TABLE {database}.volumes_hour {on_cluster} MODIFY SETTING fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
ALTER TABLE {database}.ledger {on_cluster} MODIFY SETTING fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
ALTER TABLE {database}.dead_letters {on_cluster} MODIFY SETTING fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
ALTER TABLE {database}.runs {on_cluster} MODIFY SETTING fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
ALTER TABLE {database}.packs {on_cluster} MODIFY SETTING fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
ALTER TABLE {database}.reviews {on_cluster} MODIFY SETTING fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
ALTER TABLE {database}.alert_actions {on_cluster} MODIFY SETTING fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
ALTER TABLE {database}.access_log {on_cluster} MODIFY SETTING fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
ALTER TABLE {database}.alerts {on_cluster} MODIFY SETTING fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
ALTER TABLE {database}.deliveries {on_cluster} MODIFY SETTING fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
ALTER TABLE {database}.alert_routes {on_cluster} MODIFY SETTING fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
ALTER TABLE {database}.alert_evaluations {on_cluster} MODIFY SETTING fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
ALTER TABLE {database}.opinions {on_cluster} MODIFY SETTING fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
ALTER TABLE {database}.erasures {on_cluster} MODIFY SETTING fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
ALTER TABLE {database}.erasing {on_cluster} MODIFY SETTING fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
ALTER TABLE {database}.case_entries {on_cluster} MODIFY SETTING fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
ALTER TABLE {database}.evidence_seals {on_cluster} MODIFY SETTING fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
ALTER TABLE {database}.evidence_leaves {on_cluster} MODIFY SETTING fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
ALTER TABLE {database}.assessments {on_cluster} MODIFY SETTING fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
ALTER TABLE {database}.golden_tags {on_cluster} MODIFY SETTING fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
;
