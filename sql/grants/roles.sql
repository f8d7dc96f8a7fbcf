-- Roles for readers of a ClickHouse server, printed and applied by `plumbline db grants`. Run it again after an upgrade: it states what holds.
--
-- Placeholders: {database}, {on_cluster}, and the limits of store.reader_limits. Grants on the views of each role follow this file.
CREATE ROLE IF NOT EXISTS plumbline_analyst {on_cluster}
;
CREATE ROLE IF NOT EXISTS plumbline_dashboards {on_cluster}
;
-- Grafana's data source and other clients set max_execution_time; nothing else may be changed.
CREATE SETTINGS PROFILE OR REPLACE plumbline_reader {on_cluster}
SETTINGS readonly = 1, max_execution_time = {seconds} MAX {seconds} CHANGEABLE_IN_READONLY, max_memory_usage = {memory_bytes},
         max_rows_to_read = {rows_read}, max_result_rows = {result_rows}, max_result_bytes = {result_bytes}, result_overflow_mode = 'throw',
         read_overflow_mode = 'throw', allow_ddl = 0, allow_introspection_functions = 0
TO plumbline_analyst, plumbline_dashboards
;
CREATE QUOTA OR REPLACE plumbline_reader {on_cluster} KEYED BY user_name
FOR INTERVAL 1 HOUR MAX queries = {statements_per_hour}, read_rows = {rows_per_hour}, execution_time = {seconds_per_hour}
TO plumbline_analyst, plumbline_dashboards
;
-- Should somebody grant a reader more than the views: the tables with people in them show no rows to these roles, and all of them to others.
CREATE ROW POLICY OR REPLACE plumbline_no_people {on_cluster}
ON {database}.events, {database}.verdicts, {database}.excerpts, {database}.reviews, {database}.opinions, {database}.access_log,
   {database}.erasures, {database}.erasing, {database}.case_entries,
   {database}.assessments, {database}.golden_tags
AS RESTRICTIVE USING 0 TO plumbline_analyst, plumbline_dashboards
;
CREATE ROW POLICY OR REPLACE plumbline_everybody_else {on_cluster}
ON {database}.events, {database}.verdicts, {database}.excerpts, {database}.reviews, {database}.opinions, {database}.access_log,
   {database}.erasures, {database}.erasing, {database}.case_entries,
   {database}.assessments, {database}.golden_tags
USING 1 TO ALL
;
