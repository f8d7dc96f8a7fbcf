-- The earliest hour of event time that landings since then have touched, within what is looked at at all.
SELECT min(hour) AS earliest, count() AS hours
FROM (SELECT arrayJoin(hours) AS hour FROM ledger WHERE landed_at >= {since:DateTime64(3, 'UTC')})
WHERE hour >= {oldest:DateTime64(3, 'UTC')}
