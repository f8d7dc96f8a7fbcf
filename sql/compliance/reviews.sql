-- question: What did people say of tags within the span?
-- owner: compliance
-- grain: one row per reviewer
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC')
-- Each reviewer's newest review of a tag. `at_random`: of tags that were drawn without looking, fit for estimates.
SELECT reviewer, count() AS reviews, countIf(decision = 'confirmed') AS confirmed, countIf(decision = 'dismissed') AS dismissed,
       countIf(drawn = 'random') AS at_random
FROM reviews FINAL
WHERE reviewed_at >= {since:DateTime64(3, 'UTC')} AND reviewed_at < {until:DateTime64(3, 'UTC')}
GROUP BY reviewer
ORDER BY reviewer
