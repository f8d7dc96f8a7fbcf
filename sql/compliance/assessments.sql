-- question: What did people say of events that no rule tagged, drawn to learn what rules miss?
-- owner: compliance
-- grain: one row per stratum
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC')
SELECT stratum, count() AS assessed, countIf(missed != '') AS missed, countIf(drawn = 'random') AS at_random
FROM assessments FINAL
WHERE assessed_at >= {since:DateTime64(3, 'UTC')} AND assessed_at < {until:DateTime64(3, 'UTC')}
GROUP BY stratum
ORDER BY stratum
