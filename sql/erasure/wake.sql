-- A table without work looks for replaced parts once in minutes; this wakes what deletes them and does nothing else.
SYSTEM START CLEANUP {on_cluster} {database}.{table}
