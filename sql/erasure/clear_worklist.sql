TRUNCATE TABLE {database}.erasing {on_cluster}
;
