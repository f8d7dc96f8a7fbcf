"""Alert rules and the contact point, in the shapes of Grafana's HTTP interface and of its provisioning files, which differ."""

from typing import Any
from urllib.parse import urlsplit

from streams.grafana.classic import SOURCE_UID, target
from streams.grafana.description import Rule, Rules

FOLDER_UID, FOLDER_TITLE = "plumbline", "Plumbline"
CONTACT_UID, CONTACT_NAME = "plumbline-contact", "Plumbline"
LOOKS_BACK_S = 600  # required; the statements name their own times
Json = dict[str, Any]


def pushed_group(rules: Rules, *, contact: bool) -> Json:
    """The group as `PUT /api/v1/provisioning/folder/…/rule-groups/…` takes it; `contact`: alerts go to our contact point."""
    return {
        "title": rules.group, "folderUid": FOLDER_UID, "interval": rules.interval_s,
        "rules": [{**_rule(rule, contact), "orgID": 1, "folderUID": FOLDER_UID, "ruleGroup": rules.group} for rule in rules.rules],
    }  # fmt: skip


def filed_groups(rules: Rules) -> Json:
    """The group as a provisioning file holds it. Nothing in it has a `$`, which Grafana would replace there."""
    group = {"orgId": 1, "name": rules.group, "folder": FOLDER_TITLE, "interval": f"{rules.interval_s}s"}
    return {"apiVersion": 1, "groups": [group | {"rules": [_rule(rule, True) for rule in rules.rules]}]}


def contact_point(address: str) -> Json:
    """Where Grafana sends alerts: a webhook for an address that is a URL, else mails to the comma-separated addresses."""
    shared = {"uid": CONTACT_UID, "name": CONTACT_NAME, "disableResolveMessage": False}
    if urlsplit(address).scheme in ("http", "https"):
        return shared | {"type": "webhook", "settings": {"url": address, "httpMethod": "POST"}}
    return shared | {"type": "email", "settings": {"addresses": ";".join(part.strip() for part in address.split(",")), "singleEmail": False}}


def _rule(rule: Rule, contact: bool) -> Json:
    times = {"relativeTimeRange": {"from": LOOKS_BACK_S, "to": 0}}
    query = {"refId": "A", "datasourceUid": SOURCE_UID, **times, "model": target(rule.statement, series=False)}
    condition = {"evaluator": {"type": "gt", "params": [rule.above]}}
    threshold = {"refId": "B", "type": "threshold", "expression": "A", "conditions": [condition]}
    shown = {
        "uid": rule.uid, "title": rule.title, "condition": "B", "for": rule.pending, "noDataState": "OK", "execErrState": "Error", "isPaused": False,
        "data": [query, {"refId": "B", "datasourceUid": "__expr__", **times, "model": threshold}],
        "labels": {"severity": rule.severity, "source": "plumbline"}, "annotations": {"summary": rule.summary},
    }  # fmt: skip
    return shown | ({"notification_settings": {"receiver": CONTACT_NAME}} if contact else {})
