"""A lab's vocabulary for tests of plain words, and a short way to write wishes."""

from assay.core.hint import Wish
from assay.core.problem import registry as problems
from assay.research.moves import catalogue
from assay.steering.registered_names import registered_names
from assay.steering.vocabulary import Vocabulary

KINDS = {
    "price": "numeric", "area": "numeric", "age": "numeric", "balance": "numeric", "bedrooms": "numeric",
    "day": "numeric", "duration": "numeric", "month": "category", "customer_id": "group", "contact": "category",
    "city": "category", "zip": "category", "campaign": "numeric", "previous": "numeric", "signed_up": "datetime",
    "marital status": "category", "TotalSqft": "numeric", "no": "numeric", "not": "category", "test": "numeric",
}  # fmt: skip
MOVES = {move.name: move.traits.what for move in catalogue()}


def a_vocabulary() -> Vocabulary:
    """Of a lab on calls of a bank, with what is registered."""
    return a_vocabulary_of(*KINDS)


def a_vocabulary_of(*columns: str) -> Vocabulary:
    """The same with other columns, numbers where nothing else is known of them."""
    things = registered_names(MOVES, problems.get("binary")())
    kinds = tuple(KINDS.get(name, "numeric") for name in columns)
    return Vocabulary(columns=columns, kinds=kinds, target="y", things=things, experiments=212)


def shown(wish: Wish) -> str:
    """A wish in short, without the strength that its kind has by itself."""
    usual = 3 if wish.binds else 2
    return " ".join([
        wish.kind, wish.subject, ",".join(wish.names), *([f"[{','.join(wish.columns)}]"] if wish.columns else []),
        *([f"s{wish.strength}"] if wish.strength != usual else []), *([f"exp{wish.expires}"] if wish.expires else []),
    ])  # fmt: skip
