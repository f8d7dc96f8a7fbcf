-- What the organization says it uses the API for, by all its events.
SELECT if(declared_use_case = '', 'not declared', declared_use_case) AS declared_use, sum(v.events) AS seen,
       sum(v.input_tokens + v.output_tokens) AS tokens
FROM audit_volumes AS v
WHERE $__timeFilter(bucket) AND organization_id = ${organization:sqlstring}
GROUP BY declared_use
ORDER BY seen DESC, declared_use
