"""Policy: detect what a text is about, decide what the revision in force says of it. Policy is content: no category is named in this code."""

from streams.policy.auditor import Auditor, Finding
from streams.policy.pack import Pack, PackError
from streams.policy.problems import Problem

__all__ = ["Auditor", "Finding", "Pack", "PackError", "Problem"]
