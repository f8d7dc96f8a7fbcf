-- question: What was rejected lately, from where, and why?
-- owner: platform
-- grain: one row per dead letter
-- param: reason String = ''
-- param: topic String = ''
-- param: since_s UInt32 = 0
-- param: limit UInt32 = 100
SELECT topic, partition, offset, line, reason, message, original_bytes, sha256, truncated, letter_partition, letter_offset, received_at, rejected_at
FROM dead_letters FINAL
WHERE ({reason:String} = '' OR reason = {reason:String})
  AND ({topic:String} = '' OR topic = {topic:String})
  AND ({since_s:UInt32} = 0 OR rejected_at >= now64(3) - toIntervalSecond({since_s:UInt32}))
ORDER BY rejected_at DESC, topic, partition, offset, line
LIMIT {limit:UInt32}
