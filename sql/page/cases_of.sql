-- question: Which cases is an alert, or an event, part of?
-- owner: trust and safety
-- grain: one row per case
-- param: alert String = ''
-- param: organization String = ''
-- param: event String = ''
SELECT case_id, any(c.title) AS title
FROM audit_case_entries AS c
WHERE case_id IN
(
    SELECT case_id FROM case_entries
    WHERE ({alert:String} != '' AND alert_id = {alert:String})
       OR ({event:String} != '' AND organization_id = {organization:String} AND event_id = {event:String})
)
  AND c.action = 'open'
GROUP BY case_id
ORDER BY case_id
