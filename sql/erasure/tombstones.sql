-- Whose events are not landed again, and up to which moment of event time.
SELECT organization_id, user_hash, until FROM erasures FINAL
