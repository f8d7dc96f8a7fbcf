"""What every format is made from, and the words that they share."""

from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlencode

from schemas import Alert, Severity
from streams.alerts.incidents import Incident

MOST_ORGANIZATIONS = 50
STATES = {"opened": "open", "escalated": "open", "acknowledged": "acknowledged", "resolved": "resolved"}


class Message(NamedTuple):
    """An alert and why it is sent. `at`: seconds since 1970. `sample`: a test of the route, no alert."""

    incident: Incident
    occasion: str
    at: int
    page_url: str = ""
    sample: bool = False

    @property
    def state(self) -> str:
        return STATES[self.occasion]

    @property
    def alert(self) -> Alert:
        """The contract."""
        incident = self.incident
        return Alert(
            alert_id=incident.alert_id, rule=incident.rule, rules=list(incident.rules), state=self.state, severity=Severity(incident.severity),
            title=incident.title, category=incident.category or None, organization_id=incident.organization_id or None,
            dimensions=dict(incident.dimensions), organizations=list(incident.organizations[:MOST_ORGANIZATIONS]),
            window_start=moment(incident.window_start), window_end=moment(incident.window_end), value=incident.value, threshold=incident.threshold,
            query=incident.query, owner=incident.owner, runbook=incident.runbook, link=self.link,
        )  # fmt: skip

    @property
    def link(self) -> str:
        """The page's view of the alert; of a sample, the page's alerts."""
        if not self.page_url:
            return ""
        base = self.page_url.rstrip("/")
        return f"{base}/alerts" if self.sample else f"{base}/alert?{urlencode({'id': self.incident.alert_id})}"

    @property
    def headline(self) -> str:
        """One line: what is the matter."""
        word = {"opened": self.incident.severity, "escalated": f"now {self.incident.severity}"}.get(self.occasion, self.occasion)
        return f"{'TEST, no alert: ' if self.sample else ''}[{word}] {self.incident.title}"

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Names and values for a person."""
        incident = self.incident
        rows = [
            ("Organization", incident.organization_id or (f"{len(incident.organizations)} organizations" if incident.organizations else "")),
            ("Category", incident.category.replace("_", " ")),
            ("Measured", f"{incident.value:g} (threshold {incident.threshold:g})"),
            ("From", moment(incident.window_start).strftime("%Y-%m-%d %H:%M UTC")),
            ("Until", moment(incident.window_end).strftime("%Y-%m-%d %H:%M UTC")),
            ("Rules", ", ".join(incident.rules)),
            ("Owner", incident.owner),
        ]
        return [(name, value) for name, value in rows if value]


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
