-- check: signals by day count exactly the users that the verdicts of each run name
-- next: plumbline query repeat_users
SELECT concat(run_id, ' ', toString(bucket), ' ', category, ' ', outcome, ' ', toString(severity)) AS place,
       uniqExactMergeIf(state, side = 'verdicts') AS expected, uniqExactMergeIf(state, side = 'signals') AS found,
       concat('verdicts name ', toString(expected), ' users, signals count ', toString(found), ', together ', toString(uniqExactMerge(state))) AS difference
FROM
(
    SELECT 'verdicts' AS side, run_id, toDateTime(toStartOfDay(occurred_at), 'UTC') AS bucket, category, outcome, severity,
           uniqExactStateIf(user_hash, user_hash != 0) AS state
    FROM verdicts FINAL
    WHERE occurred_at >= {since:DateTime64(3, 'UTC')}
    GROUP BY run_id, bucket, category, outcome, severity
    UNION ALL
    SELECT 'signals' AS side, run_id, bucket, category, outcome, severity, uniqExactMergeState(users) AS state
    FROM signals_day
    WHERE bucket >= {since:DateTime64(3, 'UTC')}
    GROUP BY run_id, bucket, category, outcome, severity
)
GROUP BY run_id, bucket, category, outcome, severity
HAVING expected != found OR uniqExactMerge(state) != expected
ORDER BY place
