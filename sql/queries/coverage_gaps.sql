-- question: In which hours came far less than at the same hour of the days before: was nobody looking?
-- owner: platform
-- grain: one row per hour that fell short
-- param: since DateTime64(3, 'UTC') = 7d
-- param: until DateTime64(3, 'UTC') = now
-- param: days UInt32 = 7
-- param: share Float64 = 0.1
-- param: least Float64 = 10
-- `usual` is the mean of the same hour on the `days` days before; hours whose usual number is under `least` are not judged. The hour that `until`
-- is in is not complete and left out.
WITH toStartOfHour({since:DateTime64(3, 'UTC')}) AS start, toStartOfHour({until:DateTime64(3, 'UTC')}) AS stop,
volumes AS
(
    SELECT bucket, sum(events) AS seen
    FROM audit_volumes
    WHERE bucket >= start - toIntervalDay({days:UInt32}) AND bucket < stop
    GROUP BY bucket
)
SELECT hour, any(now_seen) AS seen, round(sum(then_seen) / {days:UInt32}, 1) AS usual, any(letters) AS dead_lettered
FROM
(
    SELECT h.hour AS hour, v.seen AS now_seen, d.letters AS letters, day
    FROM (SELECT toDateTime(start, 'UTC') + toIntervalHour(number) AS hour FROM numbers(toUInt64(greatest(dateDiff('hour', start, stop), 0)))) AS h
    LEFT JOIN volumes AS v ON v.bucket = h.hour
    LEFT JOIN
    (
        SELECT toDateTime(toStartOfHour(received_at), 'UTC') AS hour, count() AS letters
        FROM audit_dead_letters
        WHERE received_at >= start AND received_at < stop
        GROUP BY hour
    ) AS d ON d.hour = h.hour
    ARRAY JOIN range(1, {days:UInt32} + 1) AS day
) AS wanted
LEFT JOIN (SELECT bucket AS then_hour, seen AS then_seen FROM volumes) AS before ON before.then_hour = wanted.hour - toIntervalDay(day)
GROUP BY hour
HAVING usual >= {least:Float64} AND seen < usual * {share:Float64}
ORDER BY hour
