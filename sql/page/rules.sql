-- question: How often does each rule detect and tag, and how often were its tags right, with a 95 % interval (Wilson)?
-- owner: trust and safety
-- grain: one row per rule and version
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC') = now
-- param: category String = ''
-- Unbiased as far as the reviews were drawn at random.
-- Detections are what a rule finds; tags what the policy makes of it. Precision counts reviews of any time, because there are few.
WITH 1.959964 AS z, confirmed + dismissed AS n, if(n = 0, 0, confirmed / n) AS p
SELECT category, rule, rule_version, sum(d) AS detections, sum(t) AS tags, sum(o) AS organizations, sum(c) AS confirmed, sum(x) AS dismissed,
       sum(r) AS drawn_at_random,
       if(n = 0, NULL, round(p, 4)) AS precision,
       if(n = 0, NULL, round((p + z * z / (2 * n) - z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n), 4)) AS precision_low,
       if(n = 0, NULL, round((p + z * z / (2 * n) + z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n), 4)) AS precision_high
FROM
(
    SELECT found.1 AS category, found.2 AS rule, found.3 AS rule_version, count() AS d, 0 AS t, 0 AS o, 0 AS c, 0 AS x, 0 AS r
    FROM audit_events ARRAY JOIN arrayZip(`detections.category`, `detections.rule`, `detections.rule_version`) AS found
    WHERE occurred_at >= {since:DateTime64(3, 'UTC')} AND occurred_at < {until:DateTime64(3, 'UTC')}
      AND ({category:String} = '' OR found.1 = {category:String})
    GROUP BY category, rule, rule_version
    UNION ALL
    SELECT category, rule, rule_version, 0, count(), uniqExact(organization_id), 0, 0, 0
    FROM audit_verdicts
    WHERE occurred_at >= {since:DateTime64(3, 'UTC')} AND occurred_at < {until:DateTime64(3, 'UTC')}
      AND ({category:String} = '' OR category = {category:String})
    GROUP BY category, rule, rule_version
    UNION ALL
    SELECT category, rule, rule_version, 0, 0, 0, countIf(decision = 'confirmed'), countIf(decision = 'dismissed'), countIf(drawn = 'random')
    FROM audit_reviews
    WHERE {category:String} = '' OR category = {category:String}
    GROUP BY category, rule, rule_version
)
GROUP BY category, rule, rule_version
ORDER BY category, tags DESC, detections DESC, rule, rule_version
