"""A Grafana for tests: routes, bodies, status codes, versions and roles as Grafana 12 documents them, and as a real one was seen to behave."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from jsonschema import Draft202012Validator

ADMIN, VIEWER = "admin-token", "viewer-token"
PLUGIN = "grafana-clickhouse-datasource"
TEXT, NUMBER, FLAG, TREE = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}, {"type": "object"}
UID = {"type": "string", "minLength": 1, "maxLength": 40, "pattern": "^[a-zA-Z0-9_-]+$"}
DURATION = {"type": "string", "pattern": r"^\d+[smhd]$"}


def closed(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}, "additionalProperties": False}


QUERY = closed({
    "refId": TEXT, "datasourceUid": UID, "model": TREE, "relativeTimeRange": closed({"from": NUMBER, "to": NUMBER}),
}, {"queryType": TEXT})  # fmt: skip
RULE = closed(
    {
        "uid": UID, "title": {"type": "string", "minLength": 1, "maxLength": 190}, "condition": TEXT,
        "data": {"type": "array", "items": QUERY, "minItems": 1},
        "folderUID": UID, "ruleGroup": TEXT, "orgID": NUMBER, "for": DURATION, "noDataState": {"enum": ["OK", "NoData", "Alerting", "KeepLast"]},
        "execErrState": {"enum": ["OK", "Error", "Alerting", "KeepLast"]},
    },
    {"labels": TREE, "annotations": TREE, "isPaused": FLAG, "notification_settings": closed({"receiver": TEXT})},
)  # fmt: skip
PANEL = {
    "type": "object",
    "required": ["id", "type", "title", "gridPos"],
    "properties": {"id": NUMBER, "gridPos": closed(dict.fromkeys("xywh", NUMBER))},
}
DASHBOARD = {
    "type": "object", "required": ["uid", "title", "schemaVersion", "panels", "id"],
    "properties": {
        "uid": UID, "title": {"type": "string", "minLength": 1}, "schemaVersion": {"type": "integer", "minimum": 36}, "id": {"type": "null"},
        "panels": {"type": "array", "items": PANEL}, "tags": {"type": "array", "items": TEXT}, "refresh": TEXT, "editable": FLAG,
    },
}  # fmt: skip
BODIES = {
    "POST /folders": closed({"title": {"type": "string", "minLength": 1}}, {"uid": UID, "parentUid": TEXT}),
    "PUT /folders/:uid": closed({"title": TEXT}, {"version": NUMBER, "overwrite": FLAG}),
    "POST /dashboards/db": closed({"dashboard": DASHBOARD}, {"folderUid": TEXT, "overwrite": FLAG, "message": TEXT}),
    "POST /datasources": closed(
        {"name": TEXT, "type": TEXT, "access": {"enum": ["proxy", "direct"]}},
        {"uid": UID, "url": TEXT, "jsonData": TREE, "secureJsonData": TREE, "isDefault": FLAG, "basicAuth": FLAG, "database": TEXT, "user": TEXT},
    ),
    "PUT /v1/provisioning/folder/:folder/rule-groups/:group": closed(
        {"title": TEXT, "folderUid": UID, "interval": {"type": "integer", "minimum": 10, "multipleOf": 10}, "rules": {"type": "array", "items": RULE}}
    ),
    "POST /v1/provisioning/contact-points": closed(
        {"name": {"type": "string", "minLength": 1}, "type": {"enum": ["email", "webhook", "slack"]}, "settings": TREE},
        {"uid": UID, "disableResolveMessage": FLAG},
    ),
}
BODIES["PUT /datasources/uid/:uid"] = BODIES["POST /datasources"]
BODIES["PUT /v1/provisioning/contact-points/:uid"] = BODIES["POST /v1/provisioning/contact-points"]


class Refusal(Exception):
    """An answer other than success."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class Asked(NamedTuple):
    """One request that came in."""

    method: str
    path: str
    status: int


class StandIn:
    """The state of one Grafana. `asked` holds every request; `plugins` what is installed."""

    def __init__(self) -> None:
        self.plugins, self.asked = {PLUGIN}, list[Asked]()
        self.folders, self.dashboards, self.sources, self.groups, self.contacts = ({} for _ in range(5))
        self.provisioned: set[str] = set()  # uids that come from files
        self.broken = 0  # answers to fail with 500
        self.url = ""

    def written(self) -> list[str]:
        """The writing requests so far."""
        return [f"{each.method} {each.path}" for each in self.asked if each.method != "GET"]

    # -- folders and dashboards

    def post_folders(self, body: dict) -> tuple[int, Any]:
        uid = body.get("uid", "made")
        if uid in self.folders:
            raise Refusal(412, "the folder has been changed by someone else")
        if any(each["title"] == body["title"] for each in self.folders.values()):
            raise Refusal(409, "a folder with the same name already exists in the current location")
        self.folders[uid] = {"id": len(self.folders) + 1, "uid": uid, "title": body["title"], "version": 1}
        return 200, self.folders[uid]

    def get_folder(self, uid: str) -> tuple[int, Any]:
        return 200, self._there(self.folders, uid, "folder not found")

    def put_folder(self, body: dict, uid: str) -> tuple[int, Any]:
        folder = self._there(self.folders, uid, "folder not found")
        if not body.get("overwrite") and body.get("version") != folder["version"]:
            raise Refusal(412, "the folder has been changed by someone else")
        folder.update(title=body["title"], version=folder["version"] + 1)
        return 200, folder

    def get_counts(self, uid: str) -> tuple[int, Any]:
        self._there(self.folders, uid, "folder not found")
        boards = sum(each["folderUid"] == uid for each in self.dashboards.values())
        rules = sum(len(group["rules"]) for (folder, _), group in self.groups.items() if folder == uid)
        return 200, {"folder": 0, "dashboard": boards, "alertrule": rules, "librarypanel": 0}

    def delete_folder(self, uid: str) -> tuple[int, Any]:
        del self.folders[uid]
        self.dashboards = {key: each for key, each in self.dashboards.items() if each["folderUid"] != uid}
        return 200, None  # seen on 9.3: done, and not a byte of answer

    def post_dashboard(self, body: dict) -> tuple[int, Any]:
        board, folder = body["dashboard"], body.get("folderUid", "")
        uid, there = board["uid"], self.dashboards.get(body["dashboard"]["uid"])
        if uid in self.provisioned:
            raise Refusal(400, "Cannot save provisioned dashboard")
        if folder and folder not in self.folders:
            raise Refusal(400, "folder not found")
        if there and not body.get("overwrite") and board.get("version") != there["dashboard"]["version"]:
            raise Refusal(412, "The dashboard has been changed by someone else")
        version = there["dashboard"]["version"] + 1 if there else 1
        self.dashboards[uid] = {"folderUid": folder, "dashboard": {**board, "id": len(self.dashboards) + 1, "version": version}}
        return 200, {"id": 1, "uid": uid, "status": "success", "version": version, "url": f"/d/{uid}"}

    def get_dashboard(self, uid: str) -> tuple[int, Any]:
        found = self._there(self.dashboards, uid, "Dashboard not found")
        return 200, {"dashboard": found["dashboard"], "meta": {"folderUid": found["folderUid"], "provisioned": uid in self.provisioned}}

    def delete_dashboard(self, uid: str) -> tuple[int, Any]:
        self._there(self.dashboards, uid, "Dashboard not found")
        del self.dashboards[uid]
        return 200, {"title": uid, "message": "Dashboard deleted"}

    # -- data sources

    def get_plugin(self, plugin: str) -> tuple[int, Any]:
        if plugin not in self.plugins:
            raise Refusal(404, "Plugin not found, no installed plugin with that id")
        return 200, {"id": plugin, "enabled": True}

    def post_source(self, body: dict) -> tuple[int, Any]:
        if any(each["name"] == body["name"] or each["uid"] == body.get("uid") for each in self.sources.values()):
            raise Refusal(409, "data source with the same name already exists")
        source = self._source(body, len(self.sources) + 1)
        self.sources[source["uid"]] = source
        return 200, {"datasource": source, "id": source["id"], "message": "Datasource added", "name": source["name"]}

    def get_source(self, uid: str) -> tuple[int, Any]:
        return 200, self._there(self.sources, uid, "Data source not found")

    def get_source_named(self, name: str) -> tuple[int, Any]:
        return 200, self._there({each["name"]: each for each in self.sources.values()}, name, "Data source not found")

    def put_source(self, body: dict, uid: str) -> tuple[int, Any]:
        there = self._there(self.sources, uid, "Data source not found")
        if uid in self.provisioned:
            raise Refusal(403, "Cannot update read-only data source")
        self.sources[uid] = self._source(body, there["id"], there["version"] + 1, there["secureJsonFields"])
        return 200, {"datasource": self.sources[uid], "message": "Datasource updated"}

    def delete_source(self, uid: str) -> tuple[int, Any]:
        self._there(self.sources, uid, "Data source not found")
        del self.sources[uid]
        return 200, {"message": "Data source deleted"}

    @staticmethod
    def _source(body: dict, number: int, version: int = 1, secrets: dict | None = None) -> dict:
        shown = {key: value for key, value in body.items() if key != "secureJsonData"}
        fields = {**(secrets or {}), **dict.fromkeys(body.get("secureJsonData", {}), True)}
        return {"uid": f"ds{number}", "readOnly": False, **shown, "id": number, "version": version, "secureJsonFields": fields}

    # -- alerting

    def put_group(self, body: dict, folder: str, group: str) -> tuple[int, Any]:
        if folder not in self.folders:
            raise Refusal(404, "folder not found")  # newer than 9.3, which took it
        for rule in body["rules"]:
            receiver = rule.get("notification_settings", {}).get("receiver")
            if receiver and receiver not in {each["name"] for each in self.contacts.values()}:
                raise Refusal(400, f"receiver {receiver} does not exist")
            if rule["condition"] not in {query["refId"] for query in rule["data"]}:
                raise Refusal(400, "condition does not exist")
        titles = [rule["title"] for rule in body["rules"]]
        if len(set(titles)) < len(titles):
            raise Refusal(400, "rules must have unique titles")
        rules = [{"id": at, "updated": "2026-01-01T00:00:00Z", "provenance": "api", **rule} for at, rule in enumerate(body["rules"], 1)]
        for rule in rules:  # what Grafana fills in
            rule["data"] = [
                {"queryType": "", **query, "model": {"intervalMs": 1000, "maxDataPoints": 43200, **query["model"]}} for query in rule["data"]
            ]
        self.groups[folder, group] = {**body, "rules": rules}
        return 200, self.groups[folder, group]

    def get_group(self, folder: str, group: str) -> tuple[int, Any]:
        return 200, self._there(self.groups, (folder, group), "rule group not found")

    def delete_group(self, folder: str, group: str) -> tuple[int, Any]:
        self._there(self.groups, (folder, group), "rule group not found")
        del self.groups[folder, group]
        return 204, None

    def get_contacts(self) -> tuple[int, Any]:
        return 200, list(self.contacts.values())

    def post_contact(self, body: dict) -> tuple[int, Any]:
        return self._contact(body, body.get("uid", "made"))

    def put_contact(self, body: dict, uid: str) -> tuple[int, Any]:
        self._there(self.contacts, uid, "contact point not found")
        return self._contact(body, uid)

    def _contact(self, body: dict, uid: str) -> tuple[int, Any]:
        needed = {"email": "addresses", "webhook": "url"}[body["type"]]
        if not body["settings"].get(needed):
            raise Refusal(400, f"required field '{needed}' is not specified")
        self.contacts[uid] = {**body, "uid": uid, "provenance": "api"}
        return 202, {"message": "contactpoint updated"}

    def delete_contact(self, uid: str) -> tuple[int, Any]:
        point = self._there(self.contacts, uid, "contact point not found")
        rules = [rule for group in self.groups.values() for rule in group["rules"]]
        if any(rule.get("notification_settings", {}).get("receiver") == point["name"] for rule in rules):
            raise Refusal(409, "contact point is in use by alert rules")
        del self.contacts[uid]
        return 202, {"message": "contactpoint deleted"}

    @staticmethod
    def _there(things: dict, key: Any, message: str) -> Any:
        if key not in things:
            raise Refusal(404, message)
        return things[key]


ROUTES: dict[str, Callable[..., tuple[int, Any]]] = {
    "GET /folders/:uid": StandIn.get_folder, "POST /folders": StandIn.post_folders, "PUT /folders/:uid": StandIn.put_folder,
    "DELETE /folders/:uid": StandIn.delete_folder, "GET /folders/:uid/counts": StandIn.get_counts,
    "GET /dashboards/uid/:uid": StandIn.get_dashboard, "POST /dashboards/db": StandIn.post_dashboard,
    "DELETE /dashboards/uid/:uid": StandIn.delete_dashboard,
    "GET /plugins/:plugin/settings": StandIn.get_plugin,
    "GET /datasources/uid/:uid": StandIn.get_source, "GET /datasources/name/:name": StandIn.get_source_named,
    "POST /datasources": StandIn.post_source, "PUT /datasources/uid/:uid": StandIn.put_source, "DELETE /datasources/uid/:uid": StandIn.delete_source,
    "GET /v1/provisioning/folder/:folder/rule-groups/:group": StandIn.get_group,
    "PUT /v1/provisioning/folder/:folder/rule-groups/:group": StandIn.put_group,
    "DELETE /v1/provisioning/folder/:folder/rule-groups/:group": StandIn.delete_group,
    "GET /v1/provisioning/contact-points": StandIn.get_contacts, "POST /v1/provisioning/contact-points": StandIn.post_contact,
    "PUT /v1/provisioning/contact-points/:uid": StandIn.put_contact, "DELETE /v1/provisioning/contact-points/:uid": StandIn.delete_contact,
}  # fmt: skip
PATTERNS = {re.compile(re.sub(r":\w+", r"([^/]+)", route)): route for route in ROUTES}


class Handler(BaseHTTPRequestHandler):
    """One request: authentication, then role, route, body, and only then the state."""

    server: "Server"
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer leaves in one piece: in two, the second waits 40 ms for the first one's acknowledgement

    def do_GET(self) -> None:
        state = self.server.state
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length)
        try:
            status, answer = self._answer(state, raw)
        except Refusal as refusal:
            status, answer = refusal.status, {"message": refusal.message}
        state.asked.append(Asked(self.command, self.path, status))
        text = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_PUT = do_DELETE = do_GET

    def _answer(self, state: StandIn, raw: bytes) -> tuple[int, Any]:
        path = self.path.removeprefix("/api")
        if path == "/health":
            return 200, {"database": "ok", "version": "12.3.0"}
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in (ADMIN, VIEWER):
            raise Refusal(401, "Invalid API key")
        if token == VIEWER and self.command != "GET":
            raise Refusal(403, "You'll need additional permissions to perform this action. Permissions needed: any of dashboards:write")
        if state.broken:
            state.broken -= 1
            raise Refusal(500, "Internal server error")
        for pattern, route in PATTERNS.items():
            if found := pattern.fullmatch(f"{self.command} {path}"):
                body = [self._body(route, raw)] if route in BODIES else []
                return ROUTES[route](state, *body, *found.groups())
        raise Refusal(404, "Not found")

    def _body(self, route: str, raw: bytes) -> Any:
        try:
            body = json.loads(raw)
        except ValueError as error:
            raise Refusal(400, "bad request data") from error
        problem = next(Draft202012Validator(BODIES[route]).iter_errors(body), None)
        if problem:
            raise Refusal(400, f"bad request data: {problem.json_path} {problem.message[:200]}")
        return body

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, state: StandIn) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.state = state


@contextmanager
def served() -> Iterator[StandIn]:
    """A stand-in on a free port."""
    state = StandIn()
    server = Server(state)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield state
    server.shutdown()
    server.server_close()
