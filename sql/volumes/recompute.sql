-- Volumes of whole hours, from events as they are after `computed_at` was taken. Each hour gets a row without organization that carries no events:
-- it marks the hour as computed even when nothing is left in it.
INSERT INTO volumes_hour (bucket, organization_id, model, country, declared_use_case, source, events, input_tokens, output_tokens, computed_at)
WITH now64(3, 'UTC') AS computed_at
SELECT toDateTime(toStartOfHour(occurred_at), 'UTC') AS bucket, organization_id, model, country, declared_use_case, source,
       count() AS events, sum(e.input_tokens) AS input_tokens, sum(e.output_tokens) AS output_tokens, computed_at
FROM events AS e FINAL
WHERE toStartOfHour(occurred_at) IN {hours:Array(DateTime('UTC'))}
  AND occurred_at >= arrayMin({hours:Array(DateTime('UTC'))})
  AND occurred_at < arrayMax({hours:Array(DateTime('UTC'))}) + INTERVAL 1 HOUR
GROUP BY bucket, organization_id, model, country, declared_use_case, source
UNION ALL
SELECT arrayJoin({hours:Array(DateTime('UTC'))}), '', '', '', '', '', 0, 0, 0, computed_at
