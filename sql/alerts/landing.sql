-- When something landed last.
SELECT max(landed_at) AS landed_at FROM ledger
