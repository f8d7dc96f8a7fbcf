-- How often each hour has been sealed.
SELECT hour, count() AS seals FROM evidence_seals FINAL GROUP BY hour
