-- question: How far do two reviewers agree on the same tag, beyond what chance would give (Cohen's kappa)?
-- owner: trust and safety
-- grain: one row per category, and one for all
-- param: since DateTime64(3, 'UTC') = 365d
-- param: until DateTime64(3, 'UTC') = now
-- The first two reviewers of each tag, each by the newest review; period: of the second review. 95 % interval by the large-sample error of kappa, wide
-- for few tags. NULL where one answer was all that was given. Above 0.6 is usually called substantial; below 0.4, look at the clause, not the reviewers.
WITH 1.959964 AS z, tags AS n, (both_confirmed + both_dismissed) / n AS po,
     (both_confirmed + only_first) / n AS first_share, (both_confirmed + only_second) / n AS second_share,
     first_share * second_share + (1 - first_share) * (1 - second_share) AS pe,
     if(pe >= 1, NULL, (po - pe) / (1 - pe)) AS k, if(pe >= 1, NULL, sqrt(po * (1 - po) / n) / (1 - pe)) AS se
SELECT category, tags, both_confirmed, both_dismissed, only_first + only_second AS differ, round(po, 4) AS agreement, round(k, 4) AS kappa,
       if(isNull(k), NULL, round(greatest(-1., k - z * se), 4)) AS low, if(isNull(k), NULL, round(least(1., k + z * se), 4)) AS high
FROM
(
    SELECT arrayJoin([c, '(all)']) AS category, count() AS tags, countIf(a = 'confirmed' AND b = 'confirmed') AS both_confirmed,
           countIf(a = 'dismissed' AND b = 'dismissed') AS both_dismissed, countIf(a = 'confirmed' AND b = 'dismissed') AS only_first,
           countIf(a = 'dismissed' AND b = 'confirmed') AS only_second
    FROM
    (
        SELECT toString(category) AS c, arraySort(groupArray((reviewed_at, reviewer, decision))) AS given, given[1].3 AS a, given[2].3 AS b
        FROM reviews FINAL
        GROUP BY organization_id, event_id, occurred_at, content_hash, category, rule, rule_version
        HAVING length(given) > 1 AND given[2].1 >= {since:DateTime64(3, 'UTC')} AND given[2].1 < {until:DateTime64(3, 'UTC')}
    )
    GROUP BY category
)
ORDER BY category = '(all)', tags DESC, category
