-- Of these hours, those whose volumes somebody began to compute within the last milliseconds.
SELECT bucket AS hour
FROM volumes_hour
WHERE bucket IN {hours:Array(DateTime('UTC'))} AND organization_id = '' AND computed_at > now64(3, 'UTC') - toIntervalMillisecond({within_ms:UInt32})
GROUP BY bucket
