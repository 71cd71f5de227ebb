"""A program of somebody who installed a kind of block: a fit whose experiments read it, and its answers as JSON."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from assay import Lab, load
from assay.core.clock import Budget
from assay.core.contract import LabView, ResearcherTraits
from assay.core.experiment import Experiment
from assay.core.recipe import Recipe, Step
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.run_context import RunContext
from assay.research import register
from assay.search.settings import FitSettings

ROWS = 300


@register("counting")
@dataclass(frozen=True)
class Counting:
    """One experiment, whose step makes numbers of baskets."""

    traits: ClassVar[ResearcherTraits] = ResearcherTraits()

    seed: int = 0
    name: str = "counting"

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        model = Step.of("lightgbm", max_rounds=60, min_data=5)
        recipe = Recipe(steps=(Step.of("item_counts"),), model=model)
        known = recipe.key in view.asked
        return (
            () if known else (Experiment(number=view.next_number, recipe=recipe, what="", question="", by=self.name),)
        )


def shop() -> tuple[list[list[int]], pd.DataFrame]:
    """Baskets, and the table that holds them as they are written; what is paid follows from two items."""
    rng = np.random.default_rng(0)
    baskets = [rng.integers(0, 12, rng.integers(0, 9)).tolist() for _ in range(ROWS)]
    frame = pd.DataFrame({
        "basket": [" ".join(map(str, items)) or None for items in baskets],
        "noise": rng.normal(size=ROWS),
        "paid": [20.0 + 10.0 * items.count(3) - 4.0 * items.count(7) for items in baskets],
    })  # fmt: skip
    return baskets, frame


def main() -> None:
    baskets, frame = shop()
    settings = FitSettings(budget=Budget(experiments=2), researchers=("counting",), out="shop.lab")
    fit(frame, TaskOptions(target="paid", kinds={"basket": "basket"}), settings, context=RunContext(inline=True))
    lab, model = Lab.open("shop.lab"), load("shop.lab/model")
    block = lab.folder.table.blocks["baskets"]
    new, rows = frame.drop(columns="paid"), [5, 2, 7]
    answers = model.predict(new)
    by_row = [float(model.predict(row)[0]) for row in new.iloc[rows].to_dict("records")]
    print(json.dumps({
        "is mapped": isinstance(block.items, np.memmap),
        "taken": [items.tolist() for items in block.take(np.array(rows)).cells("basket")],
        "given": [baskets[row] for row in rows],
        "correlation": float(np.corrcoef(answers, frame["paid"])[0, 1]),
        "by row": by_row,
        "by frame": [float(answers[row]) for row in rows],
        "missing": {one.column: one.rows for one in model.check(new).empty},
        "empty": sum(not items for items in baskets),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
