"""Where columns lie, looked up at once: one by one takes the square of their number."""

from collections.abc import Iterable, Sequence


def places_of(wanted: Iterable[str], names: Sequence[str]) -> list[int]:
    """The first place of each wanted name; KeyError for one that is not there."""
    places = {name: j for j, name in reversed(list(enumerate(names)))}
    return [places[name] for name in wanted]
