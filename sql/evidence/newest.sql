-- The end of the chain.
SELECT number, hour, amendment, leaves, toString(root) AS root, toString(previous) AS previous, sealed_at, key_id, toString(signature) AS signature
FROM evidence_seals FINAL
ORDER BY number DESC
LIMIT 1
