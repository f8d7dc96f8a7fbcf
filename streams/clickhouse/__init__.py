"""ClickHouse over HTTP: the one client, migrations, runs, volumes, the query library and the checks."""
