-- The distinct contexts of a range of history, each with the key that policy/decidable.sql selects by.
SELECT audience, organization_type, declared_use_case, safeguards, end_user_age, country,
       cityHash64(audience, organization_type, declared_use_case, arrayStringConcat(safeguards, ','), end_user_age, country) AS context_key
FROM events
WHERE occurred_at >= {since:DateTime64(3, 'UTC')} AND occurred_at < {until:DateTime64(3, 'UTC')}
GROUP BY audience, organization_type, declared_use_case, safeguards, end_user_age, country
