-- Folders of the table of tombstones.
SELECT arrayJoin(data_paths) AS path FROM system.tables WHERE database = currentDatabase() AND name = 'erasures'
