-- question: How much of the span is sealed into the evidence chain?
-- owner: compliance
-- grain: one row
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC')
-- `hours_amended`: something landed or was altered after the hour had been sealed. Hours from before the chain began are not sealed.
SELECT dateDiff('hour', {since:DateTime64(3, 'UTC')}, least({until:DateTime64(3, 'UTC')}, now64(3, 'UTC'))) AS hours,
       uniqExact(s.hour) AS hours_sealed, uniqExactIf(s.hour, s.amendment > 0) AS hours_amended, count() AS seals, sum(s.leaves) AS verdicts_sealed
FROM audit_evidence_seals AS s
WHERE s.hour >= {since:DateTime64(3, 'UTC')} AND s.hour < {until:DateTime64(3, 'UTC')}
