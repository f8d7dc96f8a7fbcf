"""A statement as the engine itself reads it: one statement in the engine's own words, and its syntax tree.

Nothing here guesses at SQL. The engine writes the statement anew (`formatQuerySingleLine` takes exactly one, and comments, heredocs and odd
quoting are gone), explains the syntax tree of that text, and that same text is what runs.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from streams.store.engine import Engine, Scope
from streams.store.statement import Refused

LINE = re.compile(r"(?P<indent> *)(?P<kind>[A-Za-z][\w:]*)(?: (?P<rest>.*?))??(?: \(children (?P<children>\d+)\))?", re.DOTALL)
ALIAS = re.compile(r"(?P<name>.*?) ?\(alias .*\)", re.DOTALL)
UNREADABLE = "the statement's syntax tree cannot be read"


class Node(NamedTuple):
    """A node of the syntax tree: its kind (`Function`, `TableIdentifier`, …), the name it has, and what is below it."""

    kind: str
    name: str
    children: tuple["Node", ...]

    def walk(self) -> Iterator["Node"]:
        """This node and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


def rewritten(engine: Engine, sql: str) -> str:
    """The statement in the engine's words, on one line.

    Raises:
        EngineError: it is no single statement that the engine can read.
    """
    answer = engine.query("SELECT formatQuerySingleLine({statement:String})", "TSVRaw", Scope(settings={"param_statement": escaped(sql)}))
    return bytes(answer.body).decode().removesuffix("\n")


def tree_of(engine: Engine, sql: str, scope: Scope) -> Node:
    """The syntax tree of a rewritten statement; the scope's parameters are filled in.

    Raises:
        EngineError: as the engine says.
        Refused: the tree is not one that we can read.
    """
    answer = engine.query(f"EXPLAIN AST {sql}", "TSVRaw", scope)
    return parsed(bytes(answer.body).decode().removesuffix("\n").split("\n"))


def escaped(value: str) -> str:
    """A text parameter as ClickHouse reads it."""
    for plain, mark in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"), ("\0", "\\0")):
        value = value.replace(plain, mark)
    return value


class _Open(NamedTuple):
    depth: int
    kind: str
    name: str
    wanted: int
    children: list[Node]


def parsed(lines: Iterable[str]) -> Node:
    """The tree of the engine's lines. Each node says how many children follow it, one deeper: a line that a name with a line break put
    between them does not fit, and the statement is refused.

    Raises:
        Refused: a line does not fit.
    """
    stack: list[_Open] = []
    root: Node | None = None
    for line in lines:
        found = LINE.fullmatch(line)
        if found is None or root is not None or len(found["indent"]) != len(stack):
            raise Refused(497, "ACCESS_DENIED", UNREADABLE)
        alias = ALIAS.fullmatch(found["rest"] or "")
        stack.append(_Open(len(stack), found["kind"], alias["name"] if alias else found["rest"] or "", int(found["children"] or 0), []))
        while stack and len(stack[-1].children) == stack[-1].wanted:
            done = stack.pop()
            node = Node(done.kind, done.name, tuple(done.children))
            if stack:
                stack[-1].children.append(node)
            else:
                root = node
    if root is None:
        raise Refused(497, "ACCESS_DENIED", UNREADABLE)
    return root
