-- What the organization sent and what of it was tagged.
SELECT (SELECT sum(events) FROM audit_volumes WHERE $__timeFilter(bucket) AND organization_id = ${organization:sqlstring}) AS seen,
       (SELECT uniqExactMerge(events) FROM audit_states_hour WHERE $__timeFilter(bucket) AND organization_id = ${organization:sqlstring}) AS tagged,
       (SELECT uniqExactMergeIf(events, outcome = 'violation') FROM audit_states_hour WHERE $__timeFilter(bucket) AND organization_id = ${organization:sqlstring}) AS with_violation
