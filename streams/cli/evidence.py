"""`plumbline evidence seal | key | export | verify`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperGroup

from streams.account import account
from streams.cli.alerts.incidents import By
from streams.cli.options import AsJson

if TYPE_CHECKING:
    from click import Command, Context

    from streams.evidence.keys import PublicKey


class _CaseFirst(TyperGroup):
    """`plumbline evidence CASE` exports it."""

    def resolve_command(self, ctx: "Context", args: list[str]) -> tuple[str | None, "Command | None", list[str]]:
        return super().resolve_command(ctx, ["export", *args] if args[0].startswith("case_") else args)


def register(app: typer.Typer) -> None:
    """Add the group."""
    about = "Proof that stands on its own: the signed chain of sealed hours, and bundles of cases. An id of a case alone exports it."
    group = typer.Typer(cls=_CaseFirst, help=about, no_args_is_help=True)
    for name, command in {"seal": seal, "key": key, "export": export, "verify": verify}.items():
        group.command(name)(command)
    app.add_typer(group, name="evidence")


def seal(
    everything: Annotated[bool, typer.Option("--all", help="Look at all hours again, not only where something landed since.")] = False,
    as_json: AsJson = False,
) -> None:
    """Seal the hours that are closed, and amend those in which something landed since. `plumbline alerts run` does so by itself."""
    from dataclasses import asdict
    from datetime import UTC, datetime

    from streams.cli.clickhouse import connected
    from streams.cli.rows import print_rows
    from streams.evidence.sealer import Sealer

    settings, client = connected("evidence")
    with client:
        made = Sealer(client, settings).seal(datetime.now(UTC), everything=everything)
    if as_json:
        print_rows([asdict(each) for each in made], "json")
    leaves, amended = sum(each.leaves for each in made), sum(each.amendment > 0 for each in made)
    typer.echo(f"{len(made)} hours sealed, {amended} of them amendments, over {leaves} verdicts", err=True)


def key(out: Annotated[Path | None, typer.Option(help="Write it to this file instead of standard output.")] = None) -> None:
    """Print the public key, which others verify with. Give it to them by another way than the bundles."""
    from streams.evidence.keys import load_sealing_key
    from streams.settings import load_settings

    public = load_sealing_key(load_settings()).public
    if out:
        out.write_text(public.pem)
    else:
        typer.echo(public.pem, nl=False)
    typer.echo(f"key {public.id}", err=True)


def export(
    case: Annotated[str, typer.Argument(metavar="CASE", help="Id of the case.")],
    out: Annotated[Path | None, typer.Option(help="File to write; default: CASE.evidence.json here; - for standard output.")] = None,
    whole_pack: Annotated[
        bool, typer.Option("--whole-pack", help="With all files of the policy pack, so that its hash can be computed again.")
    ] = False,
    by: By = "",
) -> None:
    """Write one file with everything that a case rests on, and the proofs. What is closed and not sealed yet is sealed first.

    That the file was made is on the access log: it holds redacted text.
    """
    from datetime import UTC, datetime

    from streams.access_log import record
    from streams.cli.clickhouse import connected
    from streams.evidence.bundle import bundle_of
    from streams.evidence.sealer import Sealer

    settings, client = connected("evidence")
    with client:
        now = datetime.now(UTC)
        Sealer(client, settings).seal(now)
        record(client, by or account(), "admin", "export", page="plumbline evidence export", detail=case)
        content = bundle_of(client, settings, case, now=now, whole_pack=whole_pack)
    if str(out) == "-":
        sys.stdout.buffer.write(content)
        return
    path = out or Path(f"{case}.evidence.json")
    path.write_bytes(content)
    typer.echo(f"{path}: {len(content)} bytes; plumbline evidence verify {path} --key evidence.pub", err=True)


def verify(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="Bundle to check, offline; none: the chain in ClickHouse.")] = None,
    public: Annotated[list[Path] | None, typer.Option("--key", help="Public key, PEM; several after a change of keys.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check that nothing was altered, added or removed. Exit status 1 if something was, with each finding on standard output."""
    from streams.cli.rows import print_rows
    from streams.errors import EXIT_DIFFERENCE, UsageError
    from streams.evidence.keys import PublicKey

    keys = [PublicKey.read(path) for path in public or []]
    if file and not keys:
        raise UsageError("a bundle is verified with a public key", command=f"plumbline evidence verify {file} --key evidence.pub")
    problems, said = _bundle(file, keys) if file else _chain(keys)
    if as_json:
        print_rows([{"problem": each} for each in problems], "json")
    else:
        typer.echo("".join(f"{each}\n" for each in problems), nl=False)
    typer.echo(f"{len(problems)} problems: do not trust it" if problems else said, err=True)
    if problems:
        raise typer.Exit(EXIT_DIFFERENCE)


def _bundle(file: Path, keys: "list[PublicKey]") -> tuple[list[str], str]:
    from streams.errors import UsageError
    from streams.evidence.verifying import verify as verify_bundle

    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read", cause=error.strerror or str(error)) from error
    found = verify_bundle(content, keys)
    proven = f"{found.events} events, {found.proven} verdicts proven by {found.seals} seals"
    unsealed = f"; {found.unsealed} of hours that were not sealed yet rest on the file's signature alone" if found.unsealed else ""
    late = f"; {found.late} of them were sealed after their hour had been: they landed late, or replaced what was sealed then" if found.late else ""
    return found.problems, f"{found.case_id}: nothing was altered, added or removed: {proven}{late}{unsealed}"


def _chain(keys: "list[PublicKey]") -> tuple[list[str], str]:
    from streams.cli.clickhouse import connected
    from streams.evidence.keys import load_sealing_key
    from streams.evidence.standing import check_chain

    settings, client = connected("evidence")
    with client:
        known = {each.id: each for each in (*keys, load_sealing_key(settings).public)}
        found = check_chain(client, known)
    return found.problems, f"the chain is whole: {found.seals} seals over {found.leaves} verdicts"
