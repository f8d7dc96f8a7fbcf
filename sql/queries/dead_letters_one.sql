-- question: What is known of the dead letter from one place?
-- owner: platform
-- grain: at most one row
-- param: topic String
-- param: partition UInt32
-- param: offset UInt64
-- param: line UInt32 = 0
SELECT topic, partition, offset, line, reason, message, original_bytes, sha256, truncated, letter_partition, letter_offset, received_at, rejected_at
FROM dead_letters FINAL
WHERE topic = {topic:String} AND partition = {partition:UInt32} AND offset = {offset:UInt64} AND line = {line:UInt32}
