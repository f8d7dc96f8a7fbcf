-- question: What number does an alert rest on? Tagged events, users, and their share of all events, in one window.
-- owner: trust and safety
-- grain: one row
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC')
-- param: organization String = ''
-- param: category String = ''
-- param: categories String = ''
-- param: outcomes String = violation
-- param: least_severity String = low
-- param: country String = ''
-- param: model String = ''
-- param: revision String = ''
-- param: outcome String = ''
-- param: severity String = ''
-- Volumes are kept by the hour: `all_events` counts the hours that begin within the window.
SELECT count() AS tagged_events, uniqExactIf(user_hash, user_hash != 0) AS users, uniqExact(organization_id) AS organizations,
       (
           SELECT sum(events) FROM audit_volumes
           WHERE bucket >= toStartOfHour({since:DateTime64(3, 'UTC')}) AND bucket < {until:DateTime64(3, 'UTC')}
             AND ({organization:String} = '' OR organization_id = {organization:String})
             AND ({country:String} = '' OR country = {country:String}) AND ({model:String} = '' OR model = {model:String})
       ) AS all_events,
       round(tagged_events / greatest(all_events, 1), 4) AS share
FROM
(
    SELECT DISTINCT event_key, category, user_hash, organization_id
    FROM audit_verdicts
    WHERE toStartOfHour(occurred_at) >= toStartOfHour({since:DateTime64(3, 'UTC')})
      AND occurred_at >= {since:DateTime64(3, 'UTC')} AND occurred_at < {until:DateTime64(3, 'UTC')}
      AND has(splitByChar(',', {outcomes:String}), outcome) AND severity >= CAST({least_severity:String} AS Enum8('low' = 1, 'medium' = 2, 'high' = 3, 'critical' = 4))
      AND ({categories:String} = '' OR has(splitByChar(',', {categories:String}), category))
      AND ({organization:String} = '' OR organization_id = {organization:String}) AND ({category:String} = '' OR category = {category:String})
      AND ({country:String} = '' OR country = {country:String}) AND ({model:String} = '' OR model = {model:String})
      AND ({revision:String} = '' OR revision = {revision:String}) AND ({outcome:String} = '' OR outcome = {outcome:String})
      AND ({severity:String} = '' OR toString(severity) = {severity:String})
)
