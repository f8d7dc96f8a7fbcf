-- question: Which cases was something done in within the span, and how did they stand at its end?
-- owner: compliance
-- grain: one row per case, the oldest first
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC')
SELECT case_id, anyIf(h.title, h.action = 'open') AS title, arraySort(anyIf(h.organizations, h.action = 'open')) AS organizations,
       minIf(h.at, h.action = 'open') AS opened_at, anyIf(h.person, h.action = 'open') AS opened_by,
       transform(argMaxIf(toString(h.action), (h.number, h.at, h.entry_id), h.action IN ('open', 'decide', 'appeal', 'close')),
                 ['open', 'decide', 'appeal', 'close'], ['open', 'decided', 'appealed', 'closed'], '') AS status,
       argMaxIf(toString(h.decision), (h.number, h.at, h.entry_id), h.action = 'decide') AS decision,
       countIf(h.at >= {since:DateTime64(3, 'UTC')}) AS entries
FROM audit_case_history AS h
WHERE h.counts AND h.at < {until:DateTime64(3, 'UTC')}
GROUP BY case_id
HAVING entries > 0
ORDER BY opened_at, case_id
