-- A number that changes with any tombstone: cheaper to ask for than all of them.
SELECT cityHash64(count(), max(updated_at), groupBitXor(cityHash64(organization_id, user_hash, until))) AS state FROM erasures
