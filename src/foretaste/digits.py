"""How many digits a number is told with: four behind the point, and those that count where ratings are tiny."""

TINY = 0.01
"""Values below this are told by digits that count, as where ratings are millionths; so are their differences."""


def fixed(value: float, digits: int = 4) -> str:
    """Return a number with so many digits behind the point, or three that count where those would say next to nothing."""
    return f"{value:.3g}" if 0 < abs(value) < 10.0 ** (1 - digits) else f"{value:.{digits}f}"


def change(value: float, size: float | None = None) -> str:
    """Return a difference with its sign.

    Args:
        value: The difference.
        size: One of the two values that differ; None where they are of a usual size.
    """
    small = value and size is not None and 0 < abs(size) < TINY
    return f"{value:+.3g}" if small else f"{value + 0.0:+.4f}"
