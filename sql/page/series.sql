-- question: How many tagged events are there over time, in a period and in the one before?
-- owner: trust and safety
-- grain: one row per period (0: this one, 1: the one before), slot of `width_s` seconds and name (a value of the dimension `by`)
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC') = now
-- param: width_s UInt32 = 3600
-- param: by Identifier = category
-- param: category String = ''
-- param: organization String = ''
-- param: outcome String = ''
WITH toDateTime({since:DateTime64(3, 'UTC')}, 'UTC') AS start, toDateTime({until:DateTime64(3, 'UTC')}, 'UTC') AS stop, stop - start AS length_s
SELECT bucket < start AS before, intDiv(bucket - if(before, start - length_s, start), {width_s:UInt32}) AS slot, toString({by:Identifier}) AS name,
       sum(events) AS tagged_events
FROM audit_signals_hour
WHERE bucket >= start - length_s AND bucket < stop
  AND ({category:String} = '' OR category = {category:String})
  AND ({organization:String} = '' OR organization_id = {organization:String})
  AND ({outcome:String} = '' OR outcome = {outcome:String})
GROUP BY before, slot, name
ORDER BY before, slot, name
