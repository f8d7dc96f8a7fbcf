-- Share of all events that carry a violation, an unmet requirement or an excused tag.
SELECT (SELECT uniqExactMerge(events) FROM audit_states_hour WHERE $__timeFilter(bucket)) /
       greatest((SELECT sum(events) FROM audit_volumes WHERE $__timeFilter(bucket)), 1) AS tagged_share
