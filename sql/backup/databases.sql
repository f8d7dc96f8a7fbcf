-- Whether the database is there.
SELECT name FROM system.databases WHERE name = {name:String}
