"""Grafana over HTTP: grafana-api where its calls still fit Grafana 11 to 13 (by uid and name), its session for the few that it lacks.

grafana-api is of 2020. Its calls by numeric id and its legacy alerting are gone from Grafana, so none of them is used; it has no call for data
sources by uid, for alert rules, or for contact points; and it takes an empty answer for an error.
"""

from collections.abc import Callable
from typing import Any, Self
from urllib.parse import quote, urlsplit

from grafana_api.grafana_api import GrafanaClientError, GrafanaException, GrafanaServerError, GrafanaUnauthorizedError
from grafana_api.grafana_face import GrafanaFace
from requests.exceptions import JSONDecodeError, RequestException

from streams.errors import ConfigurationError, PlumblineError, Retry
from streams.settings import GrafanaSettings

Json = dict[str, Any]
TIMEOUT_S = 15.0
SHOW = "plumbline config show"


class Grafana:
    """One Grafana. Every method may raise Retry (it does not answer) and ConfigurationError (it refuses, and why)."""

    def __init__(self, face: GrafanaFace, url: str) -> None:
        self._face, self.url = face, url

    @classmethod
    def connect(cls, settings: GrafanaSettings) -> Self:
        """Nothing is asked yet.

        Raises:
            ConfigurationError: no address or no token is set.
        """
        address, token = urlsplit(settings.url), settings.token.get_secret_value()
        if address.scheme not in ("http", "https") or not address.hostname:
            raise ConfigurationError(
                f"grafana.url is no address: {settings.url!r}", cause="http://host:3000", command="export PLUMBLINE_GRAFANA__URL=http://host:3000"
            )
        if not token:
            raise ConfigurationError("grafana.token is not set", cause="a service account's, role Admin", command="export PLUMBLINE_GRAFANA__TOKEN=…")
        host = f"[{address.hostname}]" if ":" in address.hostname else address.hostname
        prefix = address.path.strip("/")
        place = {"port": address.port, "protocol": address.scheme, "url_path_prefix": f"{prefix}/" if prefix else ""}
        return cls(GrafanaFace(auth=token, host=host, timeout=TIMEOUT_S, **place), settings.url.rstrip("/"))

    # -- what grafana-api has

    def folder(self, uid: str) -> Json | None:
        return self._found(lambda: self._face.folder.get_folder(uid))

    def create_folder(self, uid: str, title: str) -> None:
        self._done(lambda: self._face.folder.create_folder(title, uid))

    def rename_folder(self, uid: str, title: str) -> None:
        self._done(lambda: self._face.folder.update_folder(uid, title, overwrite=True))

    def delete_folder(self, uid: str) -> None:
        self._done(lambda: self._face.folder.delete_folder(uid))

    def dashboard(self, uid: str) -> Json | None:
        """`dashboard` and `meta`."""
        return self._found(lambda: self._face.dashboard.get_dashboard(uid))

    def put_dashboard(self, dashboard: Json, folder_uid: str, message: str) -> None:
        body = {"dashboard": {**dashboard, "id": None}, "folderUid": folder_uid, "overwrite": True, "message": message}
        self._done(lambda: self._face.dashboard.update_dashboard(body))

    def delete_dashboard(self, uid: str) -> None:
        self._done(lambda: self._face.dashboard.delete_dashboard(uid))

    def source_named(self, name: str) -> Json | None:
        return self._found(lambda: self._face.datasource.get_datasource_by_name(name))

    def create_source(self, source: Json) -> None:
        self._done(lambda: self._face.datasource.create_datasource(source))

    # -- what it lacks

    def version(self) -> str:
        return str(self._asked("GET", "/health").get("version", ""))

    def has_plugin(self, plugin: str) -> bool:
        """Grafana stores a data source whether its plugin is there or not, so ask first."""
        return self._asked_for(f"/plugins/{plugin}/settings") is not None

    def source(self, uid: str) -> Json | None:
        return self._asked_for(f"/datasources/uid/{quote(uid)}")

    def put_source(self, uid: str, source: Json) -> None:
        self._asked("PUT", f"/datasources/uid/{quote(uid)}", source)

    def delete_source(self, uid: str) -> None:
        self._asked("DELETE", f"/datasources/uid/{quote(uid)}")

    def held_by_folder(self, uid: str) -> int:
        """How many things are in a folder: deleting it would delete them."""
        return sum(self._asked("GET", f"/folders/{quote(uid)}/counts").values())

    def rule_group(self, folder_uid: str, group: str) -> Json | None:
        return self._asked_for(f"/v1/provisioning/folder/{quote(folder_uid)}/rule-groups/{quote(group)}")

    def put_rule_group(self, group: Json) -> None:
        self._asked("PUT", f"/v1/provisioning/folder/{quote(group['folderUid'])}/rule-groups/{quote(group['title'])}", group)

    def delete_rule_group(self, folder_uid: str, group: str) -> None:
        self._asked("DELETE", f"/v1/provisioning/folder/{quote(folder_uid)}/rule-groups/{quote(group)}")

    def contact_point(self, uid: str) -> Json | None:
        points = self._run(lambda: self._face.api.GET("/v1/provisioning/contact-points"))
        return next((point for point in points if point.get("uid") == uid), None)

    def create_contact_point(self, point: Json) -> None:
        self._asked("POST", "/v1/provisioning/contact-points", point)

    def put_contact_point(self, uid: str, point: Json) -> None:
        self._asked("PUT", f"/v1/provisioning/contact-points/{quote(uid)}", point)

    def delete_contact_point(self, uid: str) -> None:
        self._asked("DELETE", f"/v1/provisioning/contact-points/{quote(uid)}")

    # -- how it is asked

    def _asked(self, method: str, path: str, body: Json | None = None) -> Json:
        call = getattr(self._face.api, method)
        return self._run(lambda: call(path, json=body)) if method == "GET" else self._done(lambda: call(path, json=body))

    def _asked_for(self, path: str) -> Json | None:
        return self._found(lambda: self._face.api.GET(path))

    def _found(self, call: Callable[[], Json]) -> Json | None:
        """What is there, or None."""
        return self._run(call, missing_is=None)

    def _done(self, call: Callable[[], Json]) -> Json:
        """Change something; an empty answer is one."""
        return self._run(call, empty_is={})

    def _run(self, call: Callable[[], Any], **instead: Any) -> Any:
        """The call's answer, or what `instead` names for a missing thing (`missing_is`) or an empty answer (`empty_is`)."""
        try:
            return call()
        except GrafanaException as error:
            if error.status_code == 404 and "missing_is" in instead:
                return instead["missing_is"]
            raise self._ours(error) from error
        except JSONDecodeError as error:  # grafana-api decodes only what succeeded
            if "empty_is" in instead:
                return instead["empty_is"]
            raise ConfigurationError(f"{self.url} is no Grafana", cause="its answer is not JSON: a login page, or a proxy", command=SHOW) from error
        except RequestException as error:
            raise Retry(f"Grafana at {self.url} does not answer", cause=str(error), command="plumbline doctor") from error

    def _ours(self, error: GrafanaException) -> PlumblineError:
        if isinstance(error, GrafanaUnauthorizedError):
            return ConfigurationError("Grafana refuses the token", cause="it is wrong or expired", command="export PLUMBLINE_GRAFANA__TOKEN=…")
        if error.status_code == 403:
            return ConfigurationError("the token may not do this in Grafana", cause=error.message, command="give its service account the role Admin")
        if isinstance(error, GrafanaServerError):
            return Retry(f"Grafana at {self.url} failed", cause=error.message, command="read Grafana's log, then repeat")
        kind = "refuses" if isinstance(error, GrafanaClientError) else "failed at"
        return ConfigurationError(f"Grafana {kind} the request", cause=error.message, command="plumbline grafana diff")
