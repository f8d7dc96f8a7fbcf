-- question: Which policy pack decided which events of the span, as far as event time goes?
-- owner: compliance
-- grain: one row per run that is current for some of the span, in order of time
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC')
SELECT run_id, kind, pack_hash, greatest(period_from, {since:DateTime64(3, 'UTC')}) AS in_force_from,
       least(period_to, {until:DateTime64(3, 'UTC')}) AS in_force_to
FROM audit_run_periods
WHERE period_from < {until:DateTime64(3, 'UTC')} AND period_to > {since:DateTime64(3, 'UTC')}
ORDER BY in_force_from
