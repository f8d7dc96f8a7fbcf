"""A pack is an immutable value of its files: here the same files are checked and translated once, not once for each test that loads them."""

from collections.abc import Iterator, Mapping

import pytest

from streams.policy import Pack

KEPT = 8  # packs; the shipped one stays, as most tests load it


@pytest.fixture(scope="session", autouse=True)
def packs_checked_once() -> Iterator[None]:
    check, kept = Pack.from_files, {}

    def from_files(files: Mapping[str, str]) -> Pack:
        key = tuple(sorted(files.items()))
        pack = kept.pop(key, None) or check(files)
        kept[key] = pack  # the last used at the end
        while len(kept) > KEPT:
            del kept[next(iter(kept))]
        return pack

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pack, "from_files", staticmethod(from_files))
        yield
