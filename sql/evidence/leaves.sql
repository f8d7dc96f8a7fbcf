-- Leaves that count, of some hours: those of a seal.
SELECT hour, toString(root) AS root, position, toString(leaf) AS leaf
FROM evidence_leaves FINAL
WHERE hour >= {since:DateTime64(3, 'UTC')} AND hour < {until:DateTime64(3, 'UTC')}
  AND (hour, root) IN (SELECT hour, root FROM evidence_seals WHERE hour >= {since:DateTime64(3, 'UTC')} AND hour < {until:DateTime64(3, 'UTC')})
ORDER BY hour, root, position
