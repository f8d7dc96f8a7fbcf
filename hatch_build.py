"""The build's own step: the innermost loops of the policy engine, compiled where a C compiler is at hand (streams/policy/loops).

Without one the package is whole, too: numpy does the same, slower.
"""

import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FLAGS = ("-O3", "-shared", "-fPIC")


class Kernel(BuildHookInterface):
    def initialize(
        self,
        version: str,  # noqa: ARG002 - hatchling's signature
        build_data: dict[str, Any],
    ) -> None:
        """Compile kernel.c beside itself, under a name that tells its source (streams/policy/loops/compiled.py looks for it)."""
        source = Path(self.root, "streams", "policy", "loops", "kernel.c")
        target = source.with_name(f"_kernel-{sha256(source.read_bytes()).hexdigest()[:12]}.so")
        for old in source.parent.glob("_kernel-*.so"):
            if old != target:
                old.unlink()
        if not target.exists() and not self._compiled(source, target):
            return
        build_data["artifacts"].append(str(target.relative_to(self.root)))
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{_platform()}"

    def _compiled(self, source: Path, target: Path) -> bool:
        compiler = os.environ.get("CC") or next(filter(shutil.which, ("cc", "gcc", "clang")), None)
        if compiler is None:
            self.app.display_warning("no C compiler: numpy will do what kernel.c would, slower")
            return False
        fresh = target.with_suffix(f".{os.getpid()}")
        done = subprocess.run([*compiler.split(), *FLAGS, "-o", fresh, source], capture_output=True, text=True, check=False)
        if done.returncode:
            self.app.display_warning(f"{compiler} cannot compile {source.name}, numpy will do the same, slower: {done.stderr[-500:]}")
            return False
        fresh.replace(target)
        return True


def _platform() -> str:
    from packaging.tags import platform_tags

    return next(iter(platform_tags())) if sys.platform != "linux" else f"linux_{os.uname().machine}"
