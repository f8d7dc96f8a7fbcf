-- question: How many events happened within the span, and how many of its hours have none?
-- owner: compliance
-- grain: one row
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC')
WITH volumes AS
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
       dateDiff('hour', {since:DateTime64(3, 'UTC')}, {until:DateTime64(3, 'UTC')}) AS hours,
       hours - (SELECT uniqExact(bucket) FROM volumes) AS hours_without_events
