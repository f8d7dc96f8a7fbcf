-- question: Is there a view of this name?
-- owner: platform
-- grain: one row
-- param: name String
SELECT count() > 0 AS there FROM system.tables WHERE database = currentDatabase() AND name = {name:String}
