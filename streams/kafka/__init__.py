"""The broker: kafka-python for producing, topics and tools; Faust's consumer, fed in chunks, for the stream."""
