-- While rows are removed, parts that hold them go from the disk as soon as they are replaced, which must be on the disk by then.
ALTER TABLE {database}.{table} {on_cluster} MODIFY SETTING old_parts_lifetime = 0, cleanup_delay_period = 1, max_cleanup_delay_period = 1,
    cleanup_delay_period_random_add = 0, min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1
