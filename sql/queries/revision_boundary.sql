-- question: What changed when a policy revision came into force: tagged events per day before and after a date?
-- owner: compliance
-- grain: one row per category and outcome
-- param: at DateTime64(3, 'UTC')
-- param: days UInt32 = 14
-- param: organization String = ''
SELECT category, outcome,
       round(sumIf(events, bucket < toStartOfHour({at:DateTime64(3, 'UTC')})) / {days:UInt32}, 2) AS per_day_before,
       round(sumIf(events, bucket >= toStartOfHour({at:DateTime64(3, 'UTC')})) / {days:UInt32}, 2) AS per_day_after,
       round(per_day_after - per_day_before, 2) AS difference,
       arraySort(groupUniqArray(revision)) AS revisions
FROM audit_signals_hour
WHERE bucket >= toStartOfHour({at:DateTime64(3, 'UTC')}) - toIntervalDay({days:UInt32})
  AND bucket < toStartOfHour({at:DateTime64(3, 'UTC')}) + toIntervalDay({days:UInt32})
  AND ({organization:String} = '' OR organization_id = {organization:String})
GROUP BY category, outcome
ORDER BY abs(difference) DESC, category, outcome
