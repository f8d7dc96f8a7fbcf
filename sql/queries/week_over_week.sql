-- question: How does each category go from week to week?
-- owner: trust and safety
-- grain: one row per week (it begins on Monday, UTC) and category; the week that `until` is in is not complete
-- param: weeks UInt32 = 8
-- param: until DateTime64(3, 'UTC') = now
-- param: category String = ''
-- param: organization String = ''
-- param: outcome String = violation
-- `surprise` is the change in standard deviations of a count that did not change; NULL where there is no week before.
WITH toStartOfWeek({until:DateTime64(3, 'UTC')}, 1) AS this_week
SELECT week, category, tagged_events, before AS week_before, if(before > 0, round(tagged_events / before - 1, 4), NULL) AS change,
       if(first_week < week, round((toInt64(tagged_events) - toInt64(before)) / sqrt(greatest(tagged_events + before, 1)), 2), NULL) AS surprise,
       week < this_week AS complete
FROM
(
    SELECT week, category, tags AS tagged_events,
           sum(tags) OVER (PARTITION BY category ORDER BY toUnixTimestamp(toDateTime(week, 'UTC')) RANGE BETWEEN 604800 PRECEDING AND 604800 PRECEDING) AS before,
           min(week) OVER () AS first_week
    FROM
    (
        SELECT toStartOfWeek(bucket, 1) AS week, category, uniqExactMerge(events) AS tags
        FROM audit_states_hour
        WHERE bucket >= toDateTime(this_week, 'UTC') - toIntervalWeek({weeks:UInt32}) AND bucket < {until:DateTime64(3, 'UTC')}
          AND ({category:String} = '' OR category = {category:String})
          AND ({organization:String} = '' OR organization_id = {organization:String})
          AND ({outcome:String} = '' OR outcome = {outcome:String})
        GROUP BY week, category
    )
)
ORDER BY week, category
