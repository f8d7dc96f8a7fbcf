-- The server's clock, and its fullest disk.
SELECT now64(3, 'UTC') AS server_time, (SELECT min(free_space) FROM system.disks WHERE total_space > 0) AS free_bytes
