-- Alerts, and what was sent about them. Written by `plumbline alerts run`; what people do about alerts is in alert_actions.

-- One row per alert, the newest state wins. alert_id is a function of the group and the day on which it began: evaluating again writes the same row.
CREATE TABLE IF NOT EXISTS {database}.alerts {on_cluster}
(
    alert_id        String,
    group_key       String                                 COMMENT 'what the alert is about: organization and category, or as the rule groups',
    rule            LowCardinality(String)                 COMMENT 'the rule that leads: the most severe of those that fired',
    rule_version    UInt16,
    rules           Array(LowCardinality(String))          COMMENT 'all rules that fired',
    rules_hash      LowCardinality(String)                 COMMENT 'content of all alert rules when it was last evaluated',
    severity        Enum8('low' = 1, 'medium' = 2, 'high' = 3, 'critical' = 4),
    title           String,
    owner           LowCardinality(String),
    runbook         LowCardinality(String),
    routes          Array(LowCardinality(String))          COMMENT 'names of routes, empty: all that admit the severity',
    category        LowCardinality(String),
    organization_id LowCardinality(String),
    dimensions      Map(LowCardinality(String), String)    COMMENT 'the whole group',
    organizations   Array(String)                          COMMENT 'senders of a campaign',
    likeness        Array(UInt64)                          COMMENT 'similarity hashes of a campaign',
    window_start    DateTime('UTC')                        COMMENT 'event time: start of the first window that fired',
    window_end      DateTime('UTC')                        COMMENT 'event time: end of the last window that fired',
    value           Float64                                COMMENT 'the most that a window of the leading rule had',
    threshold       Float64,
    query           String                                 COMMENT 'command that gives the number again',
    cooldown_s      UInt32                                 COMMENT 'quiet for so long: resolved',
    historical      Bool                                   COMMENT 'over before it was evaluated first: raised, not delivered',
    inhibited_by    String                                 COMMENT 'alert of the campaign that this one belongs to',
    generation      UInt16                                 COMMENT 'how often it fired again after it was resolved',
    opened_at       DateTime64(3, 'UTC'),
    resolved_at     DateTime64(3, 'UTC')                   COMMENT '1970 while it is not',
    updated_at      DateTime64(3, 'UTC')
)
ENGINE = {replicated}ReplacingMergeTree(updated_at)
ORDER BY alert_id
TTL window_end + INTERVAL {events_months} MONTH
SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
COMMENT 'Alerts, the newest state of each'
;
-- The outbox: a delivery is written as pending before its first attempt, and again after each one.
CREATE TABLE IF NOT EXISTS {database}.deliveries {on_cluster}
(
    delivery_id     String                                 COMMENT 'function of alert, occasion and route; the webhook-id of every attempt',
    alert_id        String,
    route           LowCardinality(String),
    occasion        LowCardinality(String)                 COMMENT 'opened, escalated, acknowledged or resolved, with the generation',
    severity        LowCardinality(String),
    state           LowCardinality(String)                 COMMENT 'pending, delivered or dead',
    body            String                                 COMMENT 'what is sent: counts, ids and links, never content',
    attempts        UInt16,
    status          UInt16                                 COMMENT 'of the last answer, 0 without',
    error           String                                 COMMENT 'why the last attempt failed',
    created_at      DateTime64(3, 'UTC'),
    next_at         DateTime64(3, 'UTC')                   COMMENT 'when the next attempt is due',
    updated_at      DateTime64(3, 'UTC')
)
ENGINE = {replicated}ReplacingMergeTree(updated_at)
ORDER BY delivery_id
TTL toDateTime(created_at) + INTERVAL {events_months} MONTH
SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
COMMENT 'What was sent about alerts, and how it went'
;
-- Routes that are switched off: the receiver said so, or it failed for days. `address_hash` changes with the setting, and then the route is on again.
CREATE TABLE IF NOT EXISTS {database}.alert_routes {on_cluster}
(
    route        LowCardinality(String),
    address_hash String,
    failing_from DateTime64(3, 'UTC')                      COMMENT 'first failure since the last success, 1970 without',
    disabled     Bool,
    reason       String,
    updated_at   DateTime64(3, 'UTC')
)
ENGINE = {replicated}ReplacingMergeTree(updated_at)
ORDER BY (route, address_hash)
SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
COMMENT 'How the routes of alerts are'
;
-- How far history has been evaluated: the next evaluation looks at the hours that landed after it.
CREATE TABLE IF NOT EXISTS {database}.alert_evaluations {on_cluster}
(
    evaluator    LowCardinality(String),
    rules_hash   LowCardinality(String),
    landed_until DateTime64(3, 'UTC')                      COMMENT 'landings up to here have been looked at',
    evaluated_at DateTime64(3, 'UTC'),
    seconds      Float32
)
ENGINE = {replicated}ReplacingMergeTree(evaluated_at)
ORDER BY evaluator
SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = {fsync}, fsync_part_directory = {fsync}
COMMENT 'The last evaluation of the alert rules'
;
CREATE OR REPLACE VIEW {database}.audit_alerts {on_cluster} AS
WITH
    (SELECT groupArray((alert_id, action, acted_at)) FROM {database}.alert_actions FINAL WHERE action IN ('acknowledge', 'resolve')) AS answers,
    (
        SELECT groupArray((s.alert_id, s.rule, s.scope, s.until))
        FROM {database}.alert_actions AS s FINAL
        LEFT JOIN
        (
            SELECT rule, scope, max(acted_at) AS lifted_at FROM {database}.alert_actions FINAL WHERE action = 'unsilence' GROUP BY rule, scope
        ) AS lifted ON lifted.rule = s.rule AND lifted.scope = s.scope
        WHERE s.action = 'silence' AND s.until > now64(3, 'UTC') AND lifted.lifted_at < s.acted_at
    ) AS silences
SELECT alert_id, rule, rule_version, rules,
       multiIf(
           resolved_at > toDateTime64('1970-01-02 00:00:00', 3, 'UTC') OR inhibited_by != '', 'resolved',
           arrayExists(a -> a.1 = alert_id AND a.2 = 'resolve' AND a.3 >= least(toDateTime64(window_end, 3, 'UTC'), updated_at), answers), 'resolved',
           arrayExists(a -> a.1 = alert_id AND a.2 = 'acknowledge' AND a.3 >= opened_at, answers), 'acknowledged',
           'open') AS state,
       severity, title, category, organization_id, dimensions, organizations, window_start, window_end, value, threshold, query, owner, runbook, routes,
       arrayMax(
           s -> if(s.1 = alert_id OR (s.2 = rule AND s.3 IN ('', organization_id, group_key)), s.4, toDateTime64(0, 3, 'UTC')),
           arrayPushBack(silences, ('', '', '-', toDateTime64(0, 3, 'UTC')))) AS silenced_until,
       historical, inhibited_by, generation, group_key, opened_at, resolved_at, updated_at
FROM {database}.alerts FINAL
COMMENT 'Alerts as they stand: what people were told, or would have been'
;
CREATE OR REPLACE VIEW {database}.audit_deliveries {on_cluster} AS
SELECT * FROM {database}.deliveries FINAL
COMMENT 'What was sent about alerts, to which route, and how it went'
;
