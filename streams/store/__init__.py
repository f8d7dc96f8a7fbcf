"""The store: one small process that owns the embedded ClickHouse engine and speaks ClickHouse's HTTP interface.

`endpoint` (which needs no engine) tells other processes where it is; `process` runs it.
"""
