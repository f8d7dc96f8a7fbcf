-- A user of one role, by the hash of the password.
CREATE USER IF NOT EXISTS {user} {on_cluster} IDENTIFIED WITH sha256_hash BY '{password_hash}'
;
ALTER USER {user} {on_cluster} IDENTIFIED WITH sha256_hash BY '{password_hash}' DEFAULT DATABASE {database}
;
GRANT {on_cluster} plumbline_{role} TO {user}
;
ALTER USER {user} {on_cluster} DEFAULT ROLE plumbline_{role}
;
