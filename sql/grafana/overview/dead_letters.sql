-- Input that could not be read, by when it was rejected.
SELECT count() AS dead_letters FROM audit_dead_letters WHERE $__timeFilter(rejected_at)
