-- question: How many events happened within the span, and how many of its hours have none?
-- owner: compliance
-- grain: one row
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC')
-- `hours` are those that are over: of a span that is not, the rest says nothing yet.
WITH least({until:DateTime64(3, 'UTC')}, toDateTime64(toStartOfHour(now('UTC')), 3, 'UTC')) AS over, volumes AS
(
    SELECT bucket, organization_id, events
    FROM audit_volumes
    WHERE bucket >= {since:DateTime64(3, 'UTC')} AND bucket < {until:DateTime64(3, 'UTC')}
)
SELECT (SELECT sum(events) FROM volumes) AS events, (SELECT uniqExact(organization_id) FROM volumes) AS organizations,
       (
           SELECT uniqExact(event_key) FROM audit_verdicts
           WHERE occurred_at >= {since:DateTime64(3, 'UTC')} AND occurred_at < {until:DateTime64(3, 'UTC')}
       ) AS tagged_events,
       greatest(dateDiff('hour', {since:DateTime64(3, 'UTC')}, over), 0) AS hours,
       hours - (SELECT uniqExact(bucket) FROM volumes WHERE bucket < over) AS hours_without_events
