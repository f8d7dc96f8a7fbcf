-- Questions that have been answered before, by their hashes: the judge is part of the hash.
SELECT question_hash, argMax(score, asked_at) AS score
FROM opinions
WHERE state = 'answered' AND question_hash IN {hashes:Array(UInt64)}
GROUP BY question_hash
