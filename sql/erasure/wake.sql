-- A table without work looks for replaced parts once in minutes; this wakes it and does nothing else.
SYSTEM START MOVES {on_cluster} {database}.{table}
