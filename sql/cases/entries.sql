-- History of one case, or of all (empty).
SELECT case_id, number, entry_id, at, person, account, action, reason, subject, title, organizations, alert_id, assignee, decision, organization_id,
       event_id, occurred_at
FROM audit_case_entries
WHERE {case:String} = '' OR case_id = {case:String}
ORDER BY case_id, number, at, entry_id
