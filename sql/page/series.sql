-- question: How many tagged events are there over time, in a period and in the one before?
-- owner: trust and safety
-- grain: one row per period (0: this one, 1: the one before), slot of `width_s` seconds, name (a value of the dimension `by`) and outcome
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC') = now
-- param: width_s UInt32 = 3600
-- param: by Identifier = category
-- param: category String = ''
-- param: organization String = ''
-- An event of two categories is two tags: unless one category is asked for, `by` must be category.
WITH toDateTime({since:DateTime64(3, 'UTC')}, 'UTC') AS start, toDateTime({until:DateTime64(3, 'UTC')}, 'UTC') AS stop, stop - start AS length_s
SELECT bucket < start AS before, intDiv(bucket - if(before, start - length_s, start), {width_s:UInt32}) AS slot, toString({by:Identifier}) AS name, outcome,
       uniqExactMerge(s.events) AS tagged_events
FROM audit_states_hour AS s
WHERE bucket >= start - length_s AND bucket < stop
  AND ({category:String} = '' OR category = {category:String})
  AND ({organization:String} = '' OR organization_id = {organization:String})
GROUP BY before, slot, name, outcome
ORDER BY before, slot, name, outcome
