-- question: How often are the tags of each rule right, with a 95 % interval (Wilson)?
-- owner: trust and safety
-- grain: one row per rule and version that was reviewed
-- param: category String = ''
-- param: drawn String = ''
-- Each tag counts once, by its newest review. `drawn` = random leaves only reviews that nobody chose; others say more about who chose.
WITH 1.959964 AS z, reviewed AS n, confirmed / n AS p
SELECT category, rule, rule_version, count() AS reviewed, countIf(decision = 'confirmed') AS confirmed, countIf(disputed) AS reviewers_differ,
       countIf(r.drawn = 'random') AS drawn_at_random, round(p, 4) AS precision,
       round((p + z * z / (2 * n) - z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n), 4) AS low,
       round((p + z * z / (2 * n) + z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n), 4) AS high
FROM audit_reviews AS r
WHERE ({category:String} = '' OR category = {category:String}) AND ({drawn:String} = '' OR r.drawn = {drawn:String})
GROUP BY category, rule, rule_version
ORDER BY reviewed DESC, category, rule, rule_version
