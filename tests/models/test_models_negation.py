"""What is denied in a text: the same words in another order must not say the same."""

import numpy as np

from assay.core.block.columns import TextBlock
from assay.core.clock import Limits
from assay.core.problem.binary import Binary
from assay.core.schema import Facts
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.features import registry as steps
from assay.models import registry as models
from assay.testing.memory_view import MemoryView
from each import each

FACTS = Facts(problem=Binary(), n_rows=400, n_numeric=0, n_category=0, n_dates=0, n_text=1, n_classes=2)
ENTRIES = {
    entry.name: entry
    for family in ("linear", "naive_bayes", "linear_svm")
    for entry in models.get(family).portfolio(FACTS)
    if any(step.name == "tfidf" for step in entry.recipe.steps) and entry.name != "linear_chars"
}
"""Without linear_chars, whose runs of characters end with the word: it sees that something is denied, and not what."""


def letters(n: int, *, language: str) -> tuple[Table, Target]:
    """Each denies either that money was released or that goods were sent; the same words but for an aside."""
    rng = np.random.default_rng(0)
    money = rng.integers(0, 2, n)
    plain, denied = {
        "English": (("the money was released", "the goods were sent"),
                    ("the money was not released", "the goods were not sent")),
        "German": (("das Geld wurde freigegeben", "die Ware wurde versandt"),
                   ("das Geld wurde nicht freigegeben", "die Ware wurde nicht versandt")),
        "Chinese": (("钱付了", "货发了"), ("钱没付", "货没发")),
    }[language]  # fmt: skip
    asides = ["", "regards ", "as agreed ", "see file ", "on monday "]
    texts = np.empty((n, 1), dtype=object)
    texts[:, 0] = [
        rng.choice(asides) + f"{(denied if one else plain)[0]}, {(plain if one else denied)[1]}" for one in money
    ]
    return Table.empty(n).with_blocks(text=TextBlock(texts, ("note",))), Target(money.astype(np.int32), 2)


@each("language", ["English", "German", "Chinese"])
@each("name", ENTRIES)
def test_the_entries_that_read_words_tell_what_was_denied(name: str, language: str) -> None:
    table, target = letters(400, language=language)
    recipe = ENTRIES[name].recipe
    for step in recipe.steps:
        if step.name == "tfidf":
            table = steps.build(step).fit(table, None, seeds=Seeds(1)).transform(table)
    view = MemoryView.of(table.without("text"), target)
    fitted = models.build(recipe.model).fit(view, limits=Limits(), seeds=Seeds(1))
    right = fitted.predict(view.table("test"))[:, 1] > 0.5
    assert np.mean(right == (view.target("test").values == 1)) > 0.95
