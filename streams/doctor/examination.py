"""Runs the checks side by side, each with a time limit, so that one part that hangs neither stops nor delays the report on the others."""

import queue
import threading
from collections.abc import Iterator, Sequence

from streams.doctor.alerts import check_alerts
from streams.doctor.broker import check_broker
from streams.doctor.clickhouse import check_clickhouse
from streams.doctor.finding import Check, Finding, fail
from streams.doctor.judge import check_judge
from streams.doctor.machine import check_data_folder, check_hash_key, check_jars, check_java
from streams.doctor.pack import check_pack
from streams.doctor.readers import check_readers
from streams.doctor.services import check_grafana, check_web
from streams.errors import PlumblineError
from streams.settings import Settings

CHECKS: tuple[Check, ...] = (
    Check("java", check_java),
    Check("jars", check_jars),
    Check("data folder", check_data_folder),
    Check("hash key", check_hash_key),
    Check("policy pack", check_pack, 60, "policy"),
    Check("broker", check_broker, 20, "kafka"),
    Check("clickhouse", check_clickhouse, 20, "clickhouse"),
    Check("readers", check_readers, 10, "clickhouse"),
    Check("alert routes", check_alerts, 20, "alerts"),
    Check("judge", check_judge, 20, "judge"),
    Check("web", check_web, section="web"),
    Check("grafana", check_grafana, section="grafana"),
)


def examine(settings: Settings, checks: Sequence[Check] = CHECKS) -> Iterator[Finding]:
    """The findings of all checks, in order."""
    started = [(check, _start(check, settings)) for check in checks]
    for check, answers in started:
        try:
            yield from answers.get(timeout=check.seconds)
        except queue.Empty:
            yield fail(check.name, f"no answer within {check.seconds:g} s", f"plumbline config show {check.section}".rstrip())


def _start(check: Check, settings: Settings) -> "queue.Queue[list[Finding]]":
    answers: queue.Queue[list[Finding]] = queue.Queue()
    threading.Thread(target=lambda: answers.put(_findings(check, settings)), daemon=True, name=f"doctor {check.name}").start()
    return answers


def _findings(check: Check, settings: Settings) -> list[Finding]:
    """What the check found until it ended or one of our errors stopped it, which is a finding too."""
    found: list[Finding] = []
    try:
        found.extend(check.run(settings))
    except PlumblineError as error:
        command = f"plumbline config show {check.section}".rstrip() if error.command in ("", "plumbline doctor") else error.command
        found.append(fail(check.name, f"{error.what}{f' ({error.cause})' if error.cause else ''}", command))
    except Exception as error:  # noqa: BLE001  the supervisor border of the doctor: a check that breaks is reported, not raised
        found.append(fail(check.name, f"the check itself failed with {type(error).__name__}: {error}", "please report this as a defect of Plumbline"))
    return found
