-- question: Which decisions were made within the span, by whom and why, and were they told?
-- owner: compliance
-- grain: one row per decision, in order of time
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC')
-- `replaces`: what was decided before an appeal. `person` is the name that was given, `account` the one of the process. `told` and `not_told`:
-- deliveries to routes and the topic.
SELECT d.at AS decided_at, d.case_id AS case_id, d.decision AS decision, d.replaces AS replaces, d.person AS person, d.account AS account,
       d.reason AS reason, age('minute', d.opened_at, d.at) AS minutes_after_opening,
       countIf(s.state = 'delivered') AS told, countIf(s.state IN ('pending', 'dead')) AS not_told
FROM
(
    SELECT case_id, entry_id, at, toString(action) AS action, toString(decision) AS decision, toString(person) AS person,
           toString(account) AS account, reason, first_value(at) OVER entries AS opened_at,
           groupArrayIf(toString(decision), audit_case_history.action = 'decide') OVER entries AS so_far,
           if(length(so_far) > 1, so_far[-2], '') AS replaces
    FROM audit_case_history
    WHERE counts
    WINDOW entries AS (PARTITION BY case_id ORDER BY number, at, entry_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
) AS d
LEFT JOIN audit_deliveries AS s ON s.alert_id = d.case_id AND s.occasion = concat('decided-', d.entry_id)
WHERE d.action = 'decide' AND d.at >= {since:DateTime64(3, 'UTC')} AND d.at < {until:DateTime64(3, 'UTC')}
GROUP BY ALL
ORDER BY decided_at, case_id
