-- One view for one role. It runs with the rights of who makes it, so that its readers need none on the tables below it.
ALTER TABLE {database}.{view} {on_cluster} MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER
;
GRANT {on_cluster} SELECT ON {database}.{view} TO plumbline_{role}
;
