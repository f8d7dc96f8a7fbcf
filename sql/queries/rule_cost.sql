-- question: What does each rule cost its readers: tags per day, how many only it finds, how many must be read for a right one?
-- owner: trust and safety
-- grain: one row per rule and version with tags
-- param: since DateTime64(3, 'UTC') = 30d
-- param: until DateTime64(3, 'UTC') = now
-- param: category String = ''
-- `alone`: events that no other rule tags. `reads_per_right_one`: one over the precision of its reviews of any time; NULL without a confirmed one.
-- What a rule costs the machine is told by `plumbline policy cost`.
WITH tags AS
(
    SELECT category, rule, rule_version, event_key, organization_id, uniqExact(rule) OVER (PARTITION BY event_key) AS rules_of_event
    FROM audit_verdicts
    WHERE toStartOfHour(occurred_at) >= toStartOfHour({since:DateTime64(3, 'UTC')}) AND occurred_at < {until:DateTime64(3, 'UTC')}
),
reviews AS
(
    SELECT rule, rule_version, count() AS reviewed, countIf(decision = 'confirmed') AS confirmed
    FROM audit_reviews
    GROUP BY rule, rule_version
)
SELECT t.category AS category, t.rule AS rule, t.rule_version AS rule_version, uniqExact(t.event_key) AS tagged_events,
       round(tagged_events / (dateDiff('second', {since:DateTime64(3, 'UTC')}, {until:DateTime64(3, 'UTC')}) / 86400), 2) AS per_day,
       uniqExactIf(t.event_key, t.rules_of_event = 1) AS alone, uniqExact(t.organization_id) AS organizations, any(r.reviewed) AS reviewed,
       if(any(r.confirmed) = 0, NULL, round(any(r.reviewed) / any(r.confirmed), 2)) AS reads_per_right_one
FROM tags AS t
LEFT JOIN reviews AS r ON r.rule = t.rule AND r.rule_version = t.rule_version
WHERE {category:String} = '' OR t.category = {category:String}
GROUP BY category, rule, rule_version
ORDER BY tagged_events DESC, category, rule, rule_version
