-- Mutations that are not done, and why if one failed.
SELECT table, command, latest_fail_reason AS failure
FROM {mutations}
WHERE database = {name:String} AND NOT is_done AND NOT is_killed
