-- Merges a partition anew, which leaves out what is past its end.
OPTIMIZE TABLE {table} {on_cluster} PARTITION ID '{partition}' FINAL
