"""Rounding as ClickHouse does it, for what is held against its answers."""


def rounded(value: float, digits: int) -> float:
    """The scaled value, half to even. Python's `round` looks at the decimal value instead, and differs for one fraction in five hundred (43 / 40)."""
    scale = 10**digits
    return round(value * scale) / scale
