"""The doctor: small checks of everything Plumbline needs, each with the command that mends what is wrong."""

from streams.doctor.examination import examine
from streams.doctor.finding import Finding, State

__all__ = ["Finding", "State", "examine"]
