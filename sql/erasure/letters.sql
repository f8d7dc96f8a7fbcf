-- Letters whose bytes were taken back from their topic: the n-th topic, partition, offset and line. That something was rejected, and why, stays on record.
ALTER TABLE {database}.dead_letters {on_cluster} UPDATE sha256 = '', original_bytes = 0, message = 'erased'
WHERE (topic, partition, offset, line) IN
      (SELECT arrayJoin(arrayZip({topics:Array(String)}, {partitions:Array(UInt32)}, {offsets:Array(UInt64)}, {lines:Array(UInt32)})))
SETTINGS mutations_sync = 2
