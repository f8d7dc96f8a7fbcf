"""Contracts of Plumbline: what goes over the wire and what others may build on.

Only pydantic and the standard library are imported here. Four nouns are kept apart: an *event* came in, a *verdict* is what the policy says of it,
a *signal* is what is counted, an *alert* is what someone is told.
"""

from schemas.alert import Alert
from schemas.dead_letter import Coordinates, DeadLetter, FilterReason, ReasonCode
from schemas.decision import Decision
from schemas.event import (
    AgeGroup,
    Audience,
    Context,
    Message,
    OrganizationType,
    Safeguard,
    TokenUsage,
    UsageEvent,
)
from schemas.signal import Signal
from schemas.verdict import Detection, Evidence, Outcome, Severity, Tag, Verdict

__all__ = [
    "AgeGroup",
    "Alert",
    "Audience",
    "Context",
    "Coordinates",
    "DeadLetter",
    "Decision",
    "Detection",
    "Evidence",
    "FilterReason",
    "Message",
    "OrganizationType",
    "Outcome",
    "ReasonCode",
    "Safeguard",
    "Severity",
    "Signal",
    "Tag",
    "TokenUsage",
    "UsageEvent",
    "Verdict",
]
