ALTER TABLE {database}.{table} {on_cluster} RESET SETTING old_parts_lifetime, cleanup_delay_period, max_cleanup_delay_period,
    cleanup_delay_period_random_add, min_rows_to_fsync_after_merge, min_compressed_bytes_to_fsync_after_merge
