"""Hints that contradict each other: the later one holds, and what is left of the earlier."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from assay.core.hint import Hint, Wish

FOR = frozenset({"try", "prefer", "keep"})
AGAINST = frozenset({"never", "avoid"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """An earlier hint that a wish contradicts; rest: what of it holds on, None for nothing."""

    hint: Hint
    rest: Wish | None


def clashes(wish: Wish, hints: Iterable[Hint]) -> tuple[Clash, ...]:
    """The hints that a new wish ends: those on the same things to the opposite end, and equal ones, which it renews."""
    return tuple(clash for clash in (_clash(wish, hint) for hint in hints) if clash is not None)


def equal_hint(wish: Wish, hints: Iterable[Hint]) -> Hint | None:
    """A hint that holds and says the same; None where none does."""
    return next((hint for hint in hints if _says(hint.wish) == _says(wish)), None)


def _says(wish: Wish) -> tuple[object, ...]:
    return wish.kind, wish.subject, frozenset(wish.names), wish.columns, wish.strength, wish.expires


def _clash(wish: Wish, hint: Hint) -> Clash | None:
    earlier = hint.wish
    if earlier.subject != wish.subject or wish.kind == "void" or earlier.kind == "void":
        return None
    is_same_kind = earlier.kind == wish.kind
    shared = set(earlier.names) & set(wish.names)
    if is_same_kind:
        is_renewed = set(earlier.names) == set(wish.names) and earlier.columns == wish.columns
        return Clash(hint=hint, rest=None) if is_renewed else None
    is_lifted = (earlier.kind == "avoid" and wish.kind in FOR) or (earlier.kind == "never" and wish.kind == "keep")
    is_opposite = is_lifted or (earlier.kind in FOR and wish.kind in AGAINST)
    if not shared or not is_opposite:
        return None
    return Clash(hint=hint, rest=rest_of(earlier, wish))


def rest_of(earlier: Wish, later: Wish) -> Wish | None:
    """What of a wish holds on where a later one contradicts it; None for nothing."""
    if earlier.kind == later.kind:
        return None
    rest = tuple(name for name in earlier.names if name not in later.names)
    return replace(earlier, names=rest) if rest else None
