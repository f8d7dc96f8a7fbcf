-- Histories of the cases in which something was decided since then.
SELECT case_id, number, entry_id, at, person, account, action, reason, subject, title, organizations, alert_id, assignee, decision, organization_id,
       event_id, occurred_at
FROM audit_case_entries
WHERE case_id IN (SELECT case_id FROM case_entries WHERE action = 'decide' AND at >= {since:DateTime64(3, 'UTC')})
ORDER BY case_id, number, at, entry_id
