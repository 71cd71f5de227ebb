"""Whether numbers of how texts are written help boosting that reads texts already: three splits 70/30.

    python benchmarks/text_style.py FOLDER [NAME…]

FOLDER holds the panel of manifest.json. Boosted trees behind main components of the terms (`text_svd`) and behind
scores of linear models (`text_scores`), each alone and with `text_style`, of transcripts also with `text_turns`, before
it; the table's other columns are left out. Log loss, and ROC AUC of two classes or accuracy of more.
"""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score
from sklearn.model_selection import StratifiedShuffleSplit

from assay.core.block.columns import TextBlock
from assay.core.contract import TargetEncoder
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.features import registry
from assay.models.text_recipes import characters, words

TEXTS = {
    "sms_spam": (("message",), "label"), "toxicity": (("text",), "is_toxic"), "trec6": (("text",), "label"),
    "flipkart_reviews": (("Product_name", "Review"), "Rating"), "crm_calls": (("transcript",), "won"),
}  # fmt: skip
READERS = {"components": (Step.of("text_svd"),), "scores": (words(keep=True), characters(), Step.of("text_scores"))}
BEFORE = {"alone": (), "style": (Step.of("text_style"),), "turns": (Step.of("text_turns"),)}


def encoded(train: Table, test: Table, target: Target, steps: tuple[Step, ...]) -> Iterator[NDArray[np.float32]]:
    """The numbers of both after the steps, which learn from the training rows."""
    for step in steps:
        encoder = registry.build(step)
        if encoder.traits.needs_target:
            inner = np.arange(train.n_rows, dtype=np.int64) % 3
            fitted, train = cast("TargetEncoder", encoder).fit_transform(train, target, inner=inner, seeds=Seeds(0))
        else:
            fitted = encoder.fit(train, None, seeds=Seeds(0))
            train = fitted.transform(train)
        test = fitted.transform(test)
    yield from (train.numeric, test.numeric)


def scores(table: Table, labels: NDArray[np.int32], steps: tuple[Step, ...]) -> NDArray[np.float64]:
    """(3, 2) log loss, and ROC AUC or accuracy, of each split."""
    n_classes, out = int(labels.max()) + 1, []
    for train, test in StratifiedShuffleSplit(3, test_size=0.3, random_state=1).split(labels, labels):
        X, new = encoded(table.take(train), table.take(test), Target(labels[train], n_classes), steps)
        model = LGBMClassifier(
            n_estimators=150, learning_rate=0.05, num_leaves=15, verbose=-1, n_jobs=1, random_state=0
        )
        said = np.asarray(model.fit(X, labels[train]).predict_proba(new))
        first = (
            roc_auc_score(labels[test], said[:, 1]) if n_classes == 2 else accuracy_score(labels[test], said.argmax(1))
        )
        out.append((log_loss(labels[test], said), first))
    return np.array(out)


def main() -> None:
    """A line for each set, reader and what stands before it."""
    parser = ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", default=list(TEXTS))
    asked = parser.parse_args()
    for name in asked.names:
        columns, target = TEXTS[name]
        frame = pd.read_parquet(asked.folder / f"{name}.parquet")
        cells = np.stack([frame[one].fillna("").astype(str).to_numpy(dtype=object) for one in columns], axis=1)
        labels = pd.factorize(frame[target], sort=True)[0].astype(np.int32)
        table = Table.of(text=TextBlock(cells, columns))
        for reader, steps in READERS.items():
            for before, more in BEFORE.items():
                if (
                    before == "turns"
                    and registry.build(more[0]).fit(table, None, seeds=Seeds(0)).transform(table) is table
                ):
                    continue
                found = scores(table, labels, (*more, *steps))
                loss, other = found.mean(axis=0)
                splits = found[:, 0].round(3).tolist()
                print(f"{name:<17}{reader:<11}{before:<6} log loss {loss:.4f}  {other:.4f}  {splits}", flush=True)


if __name__ == "__main__":
    main()
