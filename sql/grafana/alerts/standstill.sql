-- Minutes since anything landed.
SELECT dateDiff('minute', max(landed_at), now64(3, 'UTC')) AS value FROM audit_ledger
