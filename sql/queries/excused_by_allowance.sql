-- question: Which allowances excuse how much of what would otherwise be a violation?
-- owner: compliance
-- grain: one row per category and allowance
-- param: since DateTime64(3, 'UTC') = 30d
-- param: until DateTime64(3, 'UTC') = now
-- param: category String = ''
-- `share_of_category`: of all tagged events of the category, whatever their outcome.
SELECT category, excused_by AS allowance, uniqExact(event_key) AS excused_events, any(in_category) AS tagged_events,
       round(excused_events / greatest(tagged_events, 1), 4) AS share_of_category, uniqExact(organization_id) AS organizations, max(occurred_at) AS last_used
FROM
(
    SELECT category, outcome, excused_by, event_key, organization_id, occurred_at, uniqExact(event_key) OVER (PARTITION BY category) AS in_category
    FROM audit_verdicts
    WHERE toStartOfHour(occurred_at) >= toStartOfHour({since:DateTime64(3, 'UTC')}) AND occurred_at < {until:DateTime64(3, 'UTC')}
      AND ({category:String} = '' OR category = {category:String})
)
WHERE outcome = 'excused'
GROUP BY category, allowance
ORDER BY excused_events DESC, category, allowance
