-- The chain from one number on.
SELECT number, hour, amendment, leaves, toString(root) AS root, toString(previous) AS previous, sealed_at, key_id, toString(signature) AS signature
FROM evidence_seals FINAL
WHERE number >= {since:UInt64}
ORDER BY number, root
