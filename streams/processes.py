"""Child processes that end with their parent, however it ends; free ports and cores for them; and how their memory is kept."""

import ctypes
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path

_PR_SET_PDEATHSIG, _M_ARENA_MAX = 1, -8
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded here, because a forked child must not wait for the loader's lock


def end_with_parent(*, parent: int | None = None, by: signal.Signals = signal.SIGKILL) -> None:
    """End this process when its parent ends, also by SIGKILL: the kernel's signal `by` on Linux, a watching thread elsewhere.

    Where the parent may be gone before this is called (in a fork, before its exec), `parent` is its process id.
    """
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, by)
        if parent is not None and os.getppid() != parent:
            os._exit(1)
        return
    parent = parent or os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def spare_memory() -> None:
    """One heap for all threads of this process, and Arrow's blocks in it: without this, each thread of glibc and Arrow's own allocator keep what was
    freed for themselves (60 MB of a worker). To be called before threads are started; elsewhere than on glibc it does what it can."""
    import pyarrow as pa  # most who use this module need no Arrow

    if _LIBC is not None and hasattr(_LIBC, "mallopt"):
        _LIBC.mallopt(_M_ARENA_MAX, 1)
    pa.set_memory_pool(pa.system_memory_pool())


def usable_cores(quota: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """How many cores this process may use: those that it is bound to, and no more than a container's share (cgroup 2; rounded up)."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        share, period = quota.read_text().split()
        return min(cores, -(-int(share) // int(period)))
    except (OSError, ValueError):  # no container, or "max": no limit
        return cores


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """Different ports that nothing listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind((host, 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on the port now."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: what lingers of closed connections does not count
        try:
            probe.bind(address)
            probe.listen(1)
        except OSError:
            return False
    return True
