-- Tables with replaced parts that are still on the disk.
SELECT table, count() AS parts
FROM {parts}
WHERE database = {name:String} AND NOT active AND table IN {tables:Array(String)}
GROUP BY table
