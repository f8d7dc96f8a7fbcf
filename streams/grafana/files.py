"""What Grafana reads at start: provisioning files and dashboards, as docker-compose.yml mounts them."""

import json
from typing import Any

from streams.grafana.alerting import CONTACT_NAME, CONTACT_UID, FOLDER_TITLE, filed_groups
from streams.grafana.classic import PLUGIN, SOURCE_UID, all_classic
from streams.grafana.description import alert_rules

MOUNTED = "/etc/grafana/dashboards"
MADE = "made by `plumbline grafana files`: change the description, then make it again"


def files() -> dict[str, str]:
    """Text of every file by its path below the folder. JSON is YAML, so one writer serves both."""
    provisioning = {"datasources/plumbline.yaml": _source(), "dashboards/plumbline.yaml": _provider(), "alerting/contact_point.yaml": _contact()}
    provisioning["alerting/rules.yaml"] = filed_groups(alert_rules())
    texts = {f"provisioning/{path}": f"# {MADE}\n{_text(content)}" for path, content in provisioning.items()}
    return texts | {f"dashboards/{uid}.json": _text(content) for uid, content in all_classic().items()}


def _source() -> dict[str, Any]:
    """Grafana fills the names from its environment."""
    data = {"host": "$PLUMBLINE_CLICKHOUSE_HOST", "port": 8123, "protocol": "http", "secure": False, "defaultDatabase": "plumbline"}
    source = {"name": "Plumbline", "uid": SOURCE_UID, "type": PLUGIN, "access": "proxy", "editable": False}
    secret = {"secureJsonData": {"password": "$PLUMBLINE_CLICKHOUSE_PASSWORD"}}
    return {"apiVersion": 1, "datasources": [source | {"jsonData": data | {"username": "$PLUMBLINE_CLICKHOUSE_USERNAME"}} | secret]}


def _provider() -> dict[str, Any]:
    """The folder goes by its title: with a uid of its own it would collide with the one that the alert rules make."""
    provider = {"name": "plumbline", "orgId": 1, "folder": FOLDER_TITLE, "type": "file", "disableDeletion": True, "allowUiUpdates": False}
    return {"apiVersion": 1, "providers": [provider | {"updateIntervalSeconds": 30, "options": {"path": MOUNTED}}]}


def _contact() -> dict[str, Any]:
    receiver = {"uid": CONTACT_UID, "type": "email", "settings": {"addresses": "$PLUMBLINE_ALERTS_TO"}, "disableResolveMessage": False}
    return {"apiVersion": 1, "contactPoints": [{"orgId": 1, "name": CONTACT_NAME, "receivers": [receiver]}]}


def _text(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
