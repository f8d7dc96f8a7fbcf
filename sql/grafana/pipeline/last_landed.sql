-- Seconds since anything landed.
SELECT dateDiff('second', max(landed_at), now64(3, 'UTC')) AS seconds FROM audit_ledger
