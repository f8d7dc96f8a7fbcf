"""Every error of Plumbline, named for what the caller should do.

PlumblineError
├── Retry            the same call may succeed later (a server is away, a timeout): wait and repeat, acknowledge nothing
├── UsageError       the caller of a command named something wrongly
├── Reject           this one input can never succeed: make it a dead letter and go on
└── Stop             going on would lose or corrupt something: say why and exit
    ├── ConfigurationError   a setting, file or policy pack is wrong
    ├── MissingPart          something that must be installed or running is not
    └── FloodOfRejects       too many dead letters in a row: the input or the deployment is broken, not single records

Each carries `what` failed, the probable `cause`, and the `command` to run next.
"""

from schemas import ReasonCode

EXIT_OK, EXIT_DIFFERENCE, EXIT_USAGE, EXIT_CONFIGURATION, EXIT_MISSING, EXIT_UNAVAILABLE = 0, 1, 2, 3, 4, 5


class PlumblineError(Exception):
    """Base: `what` failed, the probable `cause`, the `command` that comes next (both may be empty)."""

    exit_code = EXIT_UNAVAILABLE

    def __init__(self, what: str, *, cause: str = "", command: str = "") -> None:
        super().__init__(what)
        self.what, self.cause, self.command = what, cause, command

    def __str__(self) -> str:
        lines = [self.what]
        if self.cause:
            lines.append(f"  cause: {self.cause}")
        if self.command:
            lines.append(f"  next:  {self.command}")
        return "\n".join(lines)


class Retry(PlumblineError):
    """Wait and repeat."""


class Reject(PlumblineError):
    """One input that can never land. `message` is fit for a listing: it names the place, never the content."""

    def __init__(self, reason: ReasonCode, message: str) -> None:
        super().__init__(message)
        self.reason, self.message = reason, message

    def __reduce__(self) -> tuple:
        return type(self), (self.reason, self.message)


class UsageError(PlumblineError):
    """The caller of a command named something wrongly."""

    exit_code = EXIT_USAGE


class Stop(PlumblineError):
    """Say why and exit."""


class ConfigurationError(Stop):
    exit_code = EXIT_CONFIGURATION


class MissingPart(Stop):
    exit_code = EXIT_MISSING


class FloodOfRejects(Stop):
    exit_code = EXIT_DIFFERENCE
