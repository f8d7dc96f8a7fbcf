-- The history of cases with what counts in it: the fold of streams/cases/entries.py once more, in SQL, so that questions about decisions need no code.
-- Of two people who acted at the same moment the first by (number, time, id) counts; an entry that its case did not admit then is void.
CREATE OR REPLACE VIEW {database}.audit_case_history {on_cluster} AS
SELECT e.*, has(f.counted, e.entry_id) AS counts
FROM {database}.audit_case_entries AS e
LEFT JOIN
(
    SELECT case_id,
           arrayFold(
               (state, x) -> multiIf(
                   x.4 = 'open' AND state.1 = '', ('open', state.2, arrayPushBack(state.3, x.3)),
                   x.4 = 'decide' AND (state.1 = 'open' OR (state.1 = 'appealed' AND NOT has(state.2, x.5))),
                       ('decided', arrayPushBack(state.2, x.5), arrayPushBack(state.3, x.3)),
                   x.4 = 'appeal' AND state.1 IN ('decided', 'closed') AND NOT has(state.2, x.6), ('appealed', state.2, arrayPushBack(state.3, x.3)),
                   x.4 = 'close' AND state.1 = 'decided', ('closed', state.2, arrayPushBack(state.3, x.3)),
                   x.4 = 'assign' AND state.1 NOT IN ('', 'closed') AND NOT (state.1 = 'appealed' AND has(state.2, x.6)),
                       (state.1, state.2, arrayPushBack(state.3, x.3)),
                   x.4 IN ('note', 'link') AND state.1 != '', (state.1, state.2, arrayPushBack(state.3, x.3)),
                   state),
               arraySort(groupArray((number, at, entry_id, toString(action), toString(person), toString(assignee)))),
               ('', emptyArrayString(), emptyArrayString())).3 AS counted
    FROM {database}.audit_case_entries
    GROUP BY case_id
) AS f ON f.case_id = e.case_id
COMMENT 'History of cases with `counts`: 0 for an entry that came too late or that its case did not admit'
;
