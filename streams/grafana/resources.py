"""What Plumbline keeps in a Grafana, each thing with how it is found, written and removed. Their order is the one in which they need each other."""

from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from streams.errors import ConfigurationError
from streams.grafana.alerting import CONTACT_UID, FOLDER_TITLE, FOLDER_UID, Json, contact_point, pushed_group
from streams.grafana.classic import PLUGIN, SOURCE_UID, all_classic
from streams.grafana.description import alert_rules
from streams.grafana.server import Grafana


class Reading(NamedTuple):
    """How Grafana reaches ClickHouse."""

    url: str
    database: str
    username: str
    password: str


class Resource(Protocol):
    """One thing in Grafana. `there` is None when it is missing; `write` is given what is there."""

    kind: str
    name: str
    wanted: Json

    def there(self, grafana: Grafana) -> Json | None: ...
    def write(self, grafana: Grafana, there: Json | None) -> None: ...
    def remove(self, grafana: Grafana) -> str:
        """Why it was kept, or an empty string."""
        ...


class Folder:
    """The folder of the dashboards and rules."""

    kind, name = "folder", FOLDER_TITLE
    wanted: Json = {"uid": FOLDER_UID, "title": FOLDER_TITLE}

    def there(self, grafana: Grafana) -> Json | None:
        return grafana.folder(FOLDER_UID)

    def write(self, grafana: Grafana, there: Json | None) -> None:
        if there is None:
            grafana.create_folder(FOLDER_UID, FOLDER_TITLE)
        else:
            grafana.rename_folder(FOLDER_UID, FOLDER_TITLE)

    def remove(self, grafana: Grafana) -> str:
        if held := grafana.held_by_folder(FOLDER_UID):
            return f"it holds {held} things that are not Plumbline's"
        grafana.delete_folder(FOLDER_UID)
        return ""


class Source:
    """The data source. Its password cannot be read back, so it is sent when anything else differs, or when asked to."""

    kind, name = "data source", "Plumbline"

    def __init__(self, reading: Reading) -> None:
        address = urlsplit(reading.url)
        secure = address.scheme == "https"
        data = {
            "host": address.hostname or "", "port": address.port or (8443 if secure else 8123), "protocol": "http", "secure": secure,
            "username": reading.username, "defaultDatabase": reading.database,
        }  # fmt: skip
        self.wanted: Json = {"uid": SOURCE_UID, "name": self.name, "type": PLUGIN, "access": "proxy", "jsonData": data}
        self._secret = {"secureJsonData": {"password": reading.password}}

    def there(self, grafana: Grafana) -> Json | None:
        return grafana.source(SOURCE_UID)

    def write(self, grafana: Grafana, there: Json | None) -> None:
        if not grafana.has_plugin(PLUGIN):
            raise ConfigurationError(
                f"Grafana does not have the plugin {PLUGIN}", cause="it takes Grafana 11.6 or newer", command=f"grafana cli plugins install {PLUGIN}"
            )
        if there is not None:
            grafana.put_source(SOURCE_UID, self.wanted | self._secret)
            return
        if grafana.source_named(self.name) is not None:
            cause = "somebody made it by hand, or an older set-up did"
            raise ConfigurationError(f"Grafana has another data source named {self.name}", cause=cause, command="rename or delete it in Grafana")
        grafana.create_source(self.wanted | self._secret)

    def remove(self, grafana: Grafana) -> str:
        grafana.delete_source(SOURCE_UID)
        return ""


class Contact:
    """The contact point that our rules send to."""

    kind = "contact point"

    def __init__(self, address: str) -> None:
        self.wanted = contact_point(address)
        self.name = self.wanted["name"]

    def there(self, grafana: Grafana) -> Json | None:
        return grafana.contact_point(CONTACT_UID)

    def write(self, grafana: Grafana, there: Json | None) -> None:
        if there is None:
            grafana.create_contact_point(self.wanted)
        else:
            grafana.put_contact_point(CONTACT_UID, self.wanted)

    def remove(self, grafana: Grafana) -> str:
        grafana.delete_contact_point(CONTACT_UID)
        return ""


class Board:
    """One dashboard."""

    kind = "dashboard"

    def __init__(self, dashboard: Json, message: str) -> None:
        self.wanted, self.name, self._uid, self._message = dashboard, dashboard["title"], dashboard["uid"], message

    def there(self, grafana: Grafana) -> Json | None:
        found = grafana.dashboard(self._uid)
        if found is None:
            return None
        if found["meta"].get("provisioned"):
            raise ConfigurationError(
                f"the dashboard {self.name} comes from Grafana's provisioning files",
                cause="Grafana keeps those from being changed over HTTP",
                command="plumbline grafana files --write grafana, or take its provisioning files away",
            )
        return found["dashboard"]

    def write(self, grafana: Grafana, there: Json | None) -> None:  # noqa: ARG002
        grafana.put_dashboard(self.wanted, FOLDER_UID, self._message)

    def remove(self, grafana: Grafana) -> str:
        grafana.delete_dashboard(self._uid)
        return ""


class RuleGroup:
    """The alert rules, written as one group: a rule that is no longer described goes with the next push."""

    kind = "alert rules"

    def __init__(self, *, contact: bool) -> None:
        self.wanted = pushed_group(alert_rules(), contact=contact)
        self.name = self.wanted["title"]

    def there(self, grafana: Grafana) -> Json | None:
        return grafana.rule_group(FOLDER_UID, self.name)

    def write(self, grafana: Grafana, there: Json | None) -> None:  # noqa: ARG002
        grafana.put_rule_group(self.wanted)

    def remove(self, grafana: Grafana) -> str:
        grafana.delete_rule_group(FOLDER_UID, self.name)
        return ""


def resources(reading: Reading, contact: str, message: str) -> list[Resource]:
    """Everything, in the order of writing. Without a contact, alerts go where Grafana's notification policy says."""
    contacts = [Contact(contact)] if contact else []
    boards = [Board(each, message) for each in all_classic().values()]
    return [Folder(), Source(reading), *contacts, *boards, RuleGroup(contact=bool(contact))]
