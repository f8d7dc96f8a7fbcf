-- Tags of the linked events by the run that is current for each: how many in each category, of which outcome.
SELECT category, outcome, toString(max(severity)) AS severity, count() AS tags, uniqExact(organization_id, event_id) AS events
FROM audit_verdicts
WHERE organization_id IN {organizations:Array(String)} AND event_id IN {events:Array(String)}
  AND (organization_id, event_id) IN (SELECT arrayJoin(arrayZip({organizations:Array(String)}, {events:Array(String)})))
GROUP BY category, outcome
ORDER BY category, outcome
