-- question: What is the history of each case?
-- owner: trust and safety
-- grain: one row per entry
SELECT case_id, number, entry_id, at, person, account, action, reason, subject, title, organizations, alert_id, assignee, decision, organization_id,
       event_id, occurred_at
FROM audit_case_entries
ORDER BY case_id, number, at, entry_id
