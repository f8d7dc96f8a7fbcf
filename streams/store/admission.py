"""Which statements a reader may run: a SELECT over admitted tables with admitted functions, judged by the engine's own syntax tree.

Everything is a list of what is admitted; what is not on it is refused, so what a newer engine brings is refused until somebody looked at it.
"""

from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import NamedTuple

from streams.store.statement import Refused
from streams.store.syntax import Node

FUNCTIONS = Path(__file__).with_name("admitted_functions.txt")
TABLE_FUNCTIONS = frozenset({"numbers"})
SYSTEM_TABLES = frozenset({"system.one", "system.settings"})  # what clients ask when they connect; they tell nothing of data
COMBINATORS = (
    "SimpleState", "OrDefault", "OrNull", "Distinct", "Resample", "ForEach", "ArgMax", "ArgMin", "Merge", "State", "Array", "Map", "If", "Tuple",
    "Null",
)  # fmt: skip
# Kinds of nodes of a SELECT. Not among them, for example: Set (settings), ColumnsApplyTransformer (hides its function), and all other statements.
KINDS = frozenset({
    "ArrayJoin", "Asterisk", "ColumnsExceptTransformer", "ColumnsListMatcher", "ColumnsRegexpMatcher", "ColumnsReplaceTransformer",
    "ColumnsReplaceTransformer::Replacement", "ColumnsTransformerList", "ExpressionList", "Function", "Identifier", "InterpolateElement", "Literal",
    "OrderByElement", "QualifiedAsterisk", "QualifiedColumnsListMatcher", "QualifiedColumnsRegexpMatcher", "SampleRatio",
    "SelectIntersectExceptQuery", "SelectQuery", "SelectWithUnionQuery", "Subquery", "TableExpression", "TableIdentifier", "TableJoin",
    "TablesInSelectQuery", "TablesInSelectQueryElement", "WindowDefinition", "WindowListElement", "WithElement",
})  # fmt: skip
FORMATS = frozenset(name.lower() for name in (
    "Arrow", "ArrowStream", "CSV", "CSVWithNames", "CSVWithNamesAndTypes", "JSON", "JSONColumns", "JSONColumnsWithMetadata", "JSONCompact",
    "JSONCompactColumns", "JSONCompactEachRow", "JSONCompactEachRowWithNames", "JSONCompactEachRowWithNamesAndTypes", "JSONEachRow",
    "JSONStrings", "Markdown", "Native", "Null", "ORC", "Parquet", "Pretty", "PrettyCompact", "PrettyCompactMonoBlock", "PrettySpace",
    "RowBinary", "RowBinaryWithNames", "RowBinaryWithNamesAndTypes", "TabSeparated", "TabSeparatedRaw", "TabSeparatedWithNames",
    "TabSeparatedWithNamesAndTypes", "TSKV", "TSV", "TSVRaw", "TSVWithNames", "TSVWithNamesAndTypes", "Values", "Vertical", "XML",
))  # fmt: skip


class Grant(NamedTuple):
    """What a reader may read: tables of one database. `others` are those that it also has; `functions` the engine's, in lower case."""

    database: str
    tables: frozenset[str]
    others: frozenset[str]
    functions: frozenset[str]


@cache
def admitted_functions() -> frozenset[str]:
    """Names in lower case."""
    lines = FUNCTIONS.read_text().splitlines()
    return frozenset(name.lower() for line in lines if not line.startswith("#") for name in line.split())


def admit(tree: Node, grant: Grant) -> None:
    """Let a statement pass.

    Raises:
        Refused: it is not a SELECT, or reads or calls what is not admitted; the message names the first such thing.
    """
    if tree.kind == "DescribeQuery" and len(tree.children) == 1:
        return _admit(tree.children[0], tree, grant)
    if tree.kind != "SelectWithUnionQuery":
        raise _denied("only SELECT, SHOW and DESCRIBE are admitted")
    body, *after = tree.children
    if len(after) > 1 or any(node.kind != "Identifier" for node in after):
        raise _denied("SETTINGS and INTO OUTFILE are not admitted: give settings in the URL, read the answer")
    for node in after:
        check_format(node.name)
    return _admit(body, tree, grant)


def check_format(name: str) -> None:
    """Formats that read schemas or templates from files are none that a reader needs."""
    if name.lower() not in FORMATS:
        raise _denied(f"the format {name} is not admitted")


def _admit(node: Node, parent: Node, grant: Grant) -> None:
    if node.kind not in KINDS:
        raise _denied(f"{node.kind} is not admitted")
    if node.kind == "TableIdentifier":
        _check_table(node.name, grant)
    elif node.kind == "Function":
        _check_function(node, parent, grant)
    elif node.kind == "Identifier" and node.name.lower() in grant.functions and node.name.lower() not in admitted_functions():
        raise _denied(f"{node.name} is the name of a function that is not admitted")  # higher-order functions take functions by name
    elif node.kind == "SelectWithUnionQuery" and [child.kind for child in node.children] != ["ExpressionList"]:
        raise _denied("a subquery has neither format nor settings")
    for child in node.children:
        _admit(child, node, grant)


def _check_function(node: Node, parent: Node, grant: Grant) -> None:
    name = node.name.lower()
    if parent.kind == "TableExpression":
        if name not in TABLE_FUNCTIONS:
            raise _denied(f"the table function {node.name} is not admitted")
        return
    if not _is_admitted(name):
        raise _denied(f"the function {node.name} is not admitted")
    if name.endswith("in") and node.children and len(node.children[0].children) == 2:  # in, notIn, globalIn, …: their right side may be a table
        right = node.children[0].children[1]
        if right.kind == "Identifier":
            _check_table(right.name, grant)


def _is_admitted(name: str) -> bool:
    """The function itself, or an aggregate function with combinators."""
    while name not in admitted_functions():
        combinator = next((each for each in COMBINATORS if name.endswith(each.lower()) and len(name) > len(each)), "")
        if not combinator:
            return False
        name = name[: -len(combinator)]
    return True


def _check_table(name: str, grant: Grant) -> None:
    """A table of the database, with or without its name before it. What the database does not have is a WITH's, or an error of the engine."""
    database, dot, table = name.rpartition(".")
    if dot and f"{database}.{table}" in SYSTEM_TABLES:
        return
    if dot and database != grant.database:
        raise _denied(f"the table {name} is not admitted")
    if table not in grant.tables and (dot or table in grant.others or not table.replace("_", "").isalnum()):
        raise _denied(f"the table {name} is not admitted")


def _denied(what: str) -> Refused:
    return Refused(497, "ACCESS_DENIED", f"Not enough privileges: {what}")


def readable(tables: Collection[str], wanted: Collection[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Of the tables that there are: those that are wanted, and the others."""
    return frozenset(tables) & frozenset(wanted), frozenset(tables) - frozenset(wanted)
