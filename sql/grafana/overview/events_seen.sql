-- All events, tagged or not: zero here means that nobody is looking.
SELECT sum(events) AS seen FROM audit_volumes WHERE $__timeFilter(bucket)
