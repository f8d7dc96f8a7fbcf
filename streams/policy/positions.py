"""Where in a TOML text each key and array element stands, so that a message can name line and column.

The text is known to be valid TOML (tomllib has read it), which keeps this scanner small: it only has to skip values, not to understand them.
"""

from typing import NamedTuple

Path = tuple[str | int, ...]


class Position(NamedTuple):
    """Both count from 1."""

    line: int
    column: int


class Positions:
    """Positions of all key paths of one text."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._counts = text.replace("\r\n", "\n"), 0, {}
        self._found: dict[Path, int] = {}
        self._scan()

    def of(self, path: Path) -> Position:
        """Position of the longest prefix of `path` that stands in the text."""
        while path and path not in self._found:
            path = path[:-1]
        at = self._found.get(path, 0)
        return Position(self._text.count("\n", 0, at) + 1, at - (self._text.rfind("\n", 0, at) + 1) + 1)

    def _scan(self) -> None:
        prefix: Path = ()
        while self._skip_blank():
            if self._text[self._at] == "[":
                prefix = self._header()
            else:
                self._pair(prefix)

    def _skip_blank(self, extra: str = "") -> bool:
        """Move to the next character that counts; False at the end."""
        while self._at < len(self._text):
            character = self._text[self._at]
            if character == "#":
                self._at = self._text.find("\n", self._at) % (len(self._text) + 1)
            elif character in " \t\n" + extra:
                self._at += 1
            else:
                return True
        return False

    def _header(self) -> Path:
        start, many = self._at, self._text.startswith("[[", self._at)
        self._at += 2 if many else 1
        names = self._key()
        self._at = self._text.index("]", self._at) + (2 if many else 1)
        path: Path = ()
        for name in names[:-1]:
            path += (name,)
            if path in self._counts:
                path += (self._counts[path],)
        path += (names[-1],)
        if many:
            self._counts[path] = self._counts.get(path, -1) + 1
            path += (self._counts[path],)
        self._found.setdefault(path, start)
        return path

    def _key(self) -> list[str]:
        names = []
        while True:
            self._skip_blank()
            if self._text[self._at] in "\"'":
                start = self._at
                self._string()
                names.append(self._text[start + 1 : self._at - 1])
            else:
                start = self._at
                while self._text[self._at].isalnum() or self._text[self._at] in "_-":
                    self._at += 1
                names.append(self._text[start : self._at])
            self._skip_blank()
            if self._text[self._at] != ".":
                return names
            self._at += 1

    def _pair(self, prefix: Path) -> None:
        start = self._at
        path = (*prefix, *self._key())
        self._found.setdefault(path, start)
        self._at = self._text.index("=", self._at) + 1
        self._skip_blank()
        self._value(path)

    def _value(self, path: Path) -> None:
        character = self._text[self._at]
        if character in "\"'":
            self._string()
        elif character == "[":
            self._array(path)
        elif character == "{":
            self._at += 1
            while self._skip_blank(",") and self._text[self._at] != "}":
                self._pair(path)
            self._at += 1
        else:
            while self._at < len(self._text) and self._text[self._at] not in ",]}#\n":
                self._at += 1

    def _array(self, path: Path) -> None:
        self._at += 1
        index = 0
        while self._skip_blank(",") and self._text[self._at] != "]":
            self._found.setdefault((*path, index), self._at)
            self._value((*path, index))
            index += 1
        self._at += 1

    def _string(self) -> None:
        quote = self._text[self._at]
        fence = quote * 3 if self._text.startswith(quote * 3, self._at) else quote
        self._at += len(fence)
        while not self._text.startswith(fence, self._at):
            self._at += 2 if quote == '"' and self._text[self._at] == "\\" else 1
        self._at += len(fence)
        while len(fence) == 3 and self._text.startswith(quote, self._at):  # up to two quotes may stand before the closing fence
            self._at += 1
