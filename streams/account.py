"""The account of this machine under which a process runs. The kernel says it: no option or variable can give another."""

import os
import pwd
from functools import cache


@cache
def account() -> str:
    """Its name, or `uid 1234` where the machine knows none."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"
