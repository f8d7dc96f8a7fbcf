"""The syntax tree of a statement, what is admitted, and quotas; without the engine."""

import pytest

from streams.settings_store import ReaderLimits
from streams.store.admission import Grant, admit, admitted_functions
from streams.store.engine import Answer, Scope
from streams.store.quotas import Quota
from streams.store.readers import Asked, Reader, Readers
from streams.store.statement import Refused
from streams.store.syntax import parsed

GRANT = Grant("plumbline", frozenset({"seen"}), frozenset({"secret"}), frozenset({"count", "file", "hostname"}))
SELECT = """SelectWithUnionQuery (children 1)
 ExpressionList (children 1)
  SelectQuery (children 2)
   ExpressionList (children 1)
    {what}
   TablesInSelectQuery (children 1)
    TablesInSelectQueryElement (children 1)
     TableExpression (children 1)
      {table}"""


def tree(what: str = "Asterisk", table: str = "TableIdentifier seen"):
    return parsed(SELECT.format(what=what, table=table).split("\n"))


@pytest.mark.parametrize(
    "table", ["TableIdentifier seen", "TableIdentifier plumbline.seen (alias s)", "TableIdentifier of_a_with", "Function numbers"]
)
def test_an_admitted_table_passes(table):
    admit(tree(table=table), GRANT)


@pytest.mark.parametrize(
    "table",
    ["TableIdentifier secret", "TableIdentifier plumbline.secret", "TableIdentifier system.processes", "Function file", "TableIdentifier a/b"],
)
def test_another_table_is_refused(table):
    with pytest.raises(Refused, match="not admitted"):
        admit(tree(table=table), GRANT)


@pytest.mark.parametrize("what", ["Function countIf", "Function uniqExactMergeIf", "Function COUNT", "Identifier anything"])
def test_an_admitted_function_passes_with_combinators_and_in_any_case(what):
    admit(tree(what), GRANT)


@pytest.mark.parametrize("what", ["Function file", "Function fileIf", "Identifier hostName", "Function unheardOf", "Set", "SomethingNew"])
def test_another_function_or_node_is_refused(what):
    with pytest.raises(Refused):
        admit(tree(what), GRANT)


@pytest.mark.parametrize("kind", ["InsertQuery", "SYSTEM query", "DropQuery", "Explain EXPLAIN"])
def test_another_statement_is_refused(kind):
    with pytest.raises(Refused, match="only SELECT"):
        admit(parsed([kind]), GRANT)


@pytest.mark.parametrize(
    "lines",
    [
        "SelectQuery (children 1)",  # a child too few
        "SelectQuery\n Asterisk",  # one too many
        "SelectQuery (children 1)\n  Asterisk",  # too deep
        "SelectQuery (children 1)\n Identifier a (alias x\n Function file)",  # a line in a name
        "",
    ],
)
def test_a_tree_that_does_not_add_up_is_refused(lines):
    with pytest.raises(Refused, match="cannot be read"):
        parsed(lines.split("\n"))


def test_the_list_of_functions_has_none_that_reads_waits_or_tells_of_the_machine():
    names = admitted_functions()
    assert names >= {"count", "sum", "uniqexact", "tostartofhour", "arraymap", "plus", "lambda", "in", "like", "cast"}
    forbidden = {
        "file", "url", "sleep", "sleepeachrow", "dictget", "joinget", "hostname", "fqdn", "getsetting", "getmacro", "getserversetting",
        "catboostevaluate", "evalmlmethod", "addresstoline", "chdb", "formatrow", "groupformat", "initializeaggregation", "arrayreduce", "aigenerate",
        "zookeepersessionuptime",
        "filesystemavailable", "currentprofiles", "showcertificate", "queryid", "uptime", "generateserialid", "hascolumnintable", "fuzzquery",
    }  # fmt: skip
    assert names & forbidden == set()


def used(quota: Quota, rows: int = 0) -> None:
    with quota.statement() as account:
        account(rows)


@pytest.mark.parametrize(
    ("limits", "runs"), [({"statements_per_hour": 3}, [0, 0, 0]), ({"rows_per_hour": 100}, [60, 60]), ({"seconds_per_hour": 20}, [0, 0])]
)
def test_a_quota_is_used_up_and_comes_back_after_an_hour(limits, runs):
    now = [0.0]

    def clock() -> float:
        now[0] += 5  # each look at the clock takes five seconds
        return now[0]

    quota = Quota("ann", ReaderLimits(**limits), clock)
    for rows in runs:
        used(quota, rows)
    while "seconds_per_hour" in limits and now[0] < 35:
        used(quota)
    with pytest.raises(Refused, match="Quota for ann"):
        used(quota)
    now[0] += 3_700
    used(quota)


class Noting:
    """Stands in for the engine: it takes every statement for SHOW TABLES, and notes what is in force."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []

    def query(self, sql: str, output_format: str, scope: Scope) -> Answer:
        self.scopes.append(scope)
        return Answer(b"SHOW TABLES\n")


@pytest.mark.parametrize(
    ("given", "in_force"),
    [("3", 3), ("0.5", 0.5), ("99999", 7), ("0", 7), ("-1", 7), ("-0.001", 7), ("nan", 7), ("inf", 7), ("-inf", 7), ("1e300", 7)],
)
def test_a_reader_may_shorten_a_statements_time_and_never_lengthen_or_lift_it(given, in_force):
    engine = Noting()
    reader = Reader("ann", "t" * 16, "analyst", ReaderLimits(seconds=7))
    Readers([reader], "plumbline", engine).answer(reader, Asked("SHOW TABLES", Scope(settings={"max_execution_time": given}), "TSV"))
    assert float(engine.scopes[-1].settings["max_execution_time"]) == in_force


def test_statements_at_a_time_are_limited():
    quota = Quota("ann", ReaderLimits(side_by_side=1))
    with quota.statement(), pytest.raises(Refused, match="runs 1 statements already"):
        used(quota)
    used(quota)


def test_the_page_for_analysts_names_every_view_and_column():
    import re
    from pathlib import Path

    from streams.clickhouse.sources import sql_text
    from streams.store.roles import ANALYSTS

    page = Path(__file__).parents[3] / "docs" / "analysts.md"
    if not page.exists():
        pytest.skip("the documentation comes with the checkout, not with the wheel")
    defined = re.findall(r"VIEW \{database\}\.(\w+) \{on_cluster\}\n\((.*?)\n\)\nAS", sql_text("migrations/0006_analyst_views"), re.DOTALL)
    assert {name for name, _ in defined} == ANALYSTS
    for name, columns in defined:
        [line] = [line for line in page.read_text().splitlines() if line.startswith(f"| `{name}`")]
        assert re.findall(r"`(\w+)`", line)[1:] == re.findall(r"^    (\w+)", columns, re.MULTILINE), name
        assert columns.count("COMMENT '") == len(re.findall(r"^    \w+", columns, re.MULTILINE)), name
