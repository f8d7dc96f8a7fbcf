"""Runs a target in a process of its own, so that a case that hangs or kills the process is a finding and the others go on behind it."""

import multiprocessing
import os
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from faults.fuzz.cases import Target, chance_of

REPORT_S, MOST_FINDINGS, LONGEST_INPUT = 2.0, 100, 4_000
HANGS_S = 120.0  # of the wall, where a limit is of the processor: others use the machine, too
BY_NUMBER = "(made again by its number)"
FORK = multiprocessing.get_context("fork")


@dataclass
class Tally:
    """How far a target is, and what was found. Kept in the file of results."""

    seed: int
    done: int = 0
    seconds: float = 0.0
    slowest_ms: float = 0.0
    ends: dict[str, int] = field(default_factory=dict)  # how the cases ended
    findings: list[dict[str, Any]] = field(default_factory=list)
    found: int = 0
    skipped: list[int] = field(default_factory=list)  # cases that ended the process

    def add(self, finding: dict[str, Any]) -> None:
        """Count a finding; the first hundred are kept."""
        self.found += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)


class Stretch:
    """Cases from `tally.done` on in a child process. The shared place says which case runs, and since when."""

    def __init__(self, target: Target, tally: Tally, until: int, hangs_s: float) -> None:
        self._target, self._tally, self._hangs_s = target, tally, hangs_s
        self._number, self._since = FORK.Value("q", -1, lock=False), FORK.Value("d", 0.0, lock=False)
        self._answers, given = FORK.Pipe(duplex=False)
        self._process = FORK.Process(target=_child, args=(target, tally, until, self._number, self._since, given), daemon=True)
        self._process.start()
        given.close()

    def step(self) -> bool:
        """Take in what the child says for a moment. False when it has ended."""
        try:
            if self._answers.poll(REPORT_S / 2):
                _take(self._tally, self._answers.recv())
            elif self._number.value >= 0 and time.monotonic() - self._since.value > self._hangs_s:
                self._process.kill()
        except (EOFError, OSError):
            self._process.join()
            self._post_mortem()
            return False
        return True

    def stop(self) -> None:
        """End the child; what it has not reported is done again another time."""
        self._process.kill()
        self._process.join()

    def _post_mortem(self) -> None:
        """A child that ended by itself has said so with its last report; else the case that ran is to blame, and is not run again."""
        number = self._number.value
        if self._process.exitcode == 0:
            return
        lasted = time.monotonic() - self._since.value
        what = f"did not end within {self._hangs_s} s" if lasted > self._hangs_s else f"ended the process ({self._process.exitcode})"
        assert number >= 0, f"{self._target.name} could not be set up"
        self._tally.add({"case": number, "what": what, "where": "", "given": BY_NUMBER})
        self._tally.skipped.append(number)


def _take(tally: Tally, report: tuple[int, Counter[str], list[dict[str, Any]], float, float]) -> None:
    tally.done, ends, findings, slowest, seconds = report[0], *report[1:]
    tally.ends = dict(Counter(tally.ends) + ends)
    tally.slowest_ms, tally.seconds = max(tally.slowest_ms, slowest), tally.seconds + seconds
    for finding in findings:
        tally.add(finding)


def _child(target: Target, tally: Tally, until: int, number: Any, since: Any, answers: Connection) -> None:
    with target.open() as case:
        report = _Report(answers)
        for at in range(tally.done, until):
            if at in tally.skipped:
                continue
            number.value, since.value, began = at, time.monotonic(), time.process_time()
            try:
                report.ends[case(chance_of(tally.seed, target.name, at))] += 1
            except Exception as error:  # noqa: BLE001  whatever a case raises is what is looked for
                report.findings.append(_finding(at, error))
            took = time.process_time() - began  # not of the wall: others use the machine, too
            report.slowest = max(report.slowest, took)
            if took > target.limit_s:
                report.findings.append({"case": at, "what": f"took {took:.2f} s of at most {target.limit_s} s", "where": "", "given": BY_NUMBER})
            report.send(at + 1)
    report.send(until, last=True)
    answers.close()
    os._exit(0)


class _Report:
    """What a child has to say: at once where something was found, else every two seconds."""

    def __init__(self, answers: Connection) -> None:
        self._answers = answers
        self._renew()

    def _renew(self) -> None:
        self.ends, self.findings, self.slowest, self._began = Counter[str](), list[dict[str, Any]](), 0.0, time.monotonic()

    def send(self, done: int, *, last: bool = False) -> None:
        passed = time.monotonic() - self._began
        if passed > REPORT_S or self.findings or last:
            self._answers.send((done, self.ends, self.findings, self.slowest * 1_000, passed))
            self._renew()


def _finding(number: int, error: Exception) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)
    where = next((f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in reversed(frames) if "/streams/" in frame.filename), "")
    given = repr(getattr(error, "given", BY_NUMBER))[:LONGEST_INPUT]
    return {"case": number, "what": f"{type(error).__name__}: {error}"[:500], "where": where, "given": given}


def fuzz(target: Target, tally: Tally, cases: int, tick: Callable[[], bool], *, hangs_s: float = HANGS_S) -> None:
    """Run what is missing to `cases`. `tick` is called every few seconds; False from it ends the run early."""
    while tally.done < cases:
        stretch = Stretch(target, tally, cases, hangs_s)
        while stretch.step():
            if not tick():
                return stretch.stop()
    return None


def plain(tally: Tally) -> dict[str, Any]:
    """For the file of results."""
    return asdict(tally)
