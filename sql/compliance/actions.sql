-- question: What did people do about alerts and cases within the span?
-- owner: compliance
-- grain: one row per action
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC')
-- Void entries of cases are not counted: somebody else's came before them.
SELECT about, action, count() AS times, uniqExact(who) AS people
FROM
(
    SELECT 'alert' AS about, toString(action) AS action, toString(reader) AS who
    FROM audit_alert_actions
    WHERE acted_at >= {since:DateTime64(3, 'UTC')} AND acted_at < {until:DateTime64(3, 'UTC')}
    UNION ALL
    SELECT 'case', if(action = 'decide', concat('decide: ', decision), toString(action)), toString(person)
    FROM audit_case_history
    WHERE counts AND at >= {since:DateTime64(3, 'UTC')} AND at < {until:DateTime64(3, 'UTC')}
)
GROUP BY about, action
ORDER BY about, action
