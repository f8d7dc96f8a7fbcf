-- Partitions of one table in which a row is past its end.
SELECT DISTINCT partition_id
FROM system.parts
WHERE database = currentDatabase() AND active AND table = {table:String} AND toUnixTimestamp(delete_ttl_info_min) BETWEEN 1 AND toUnixTimestamp(now())
ORDER BY partition_id
