-- Share of the inputs that became dead letters.
SELECT sum(l.dead_lettered) / greatest(sum(l.inputs), 1) AS rejected_share FROM audit_ledger AS l WHERE $__timeFilter(landed_at)
