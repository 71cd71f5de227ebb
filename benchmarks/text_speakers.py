"""Whether it pays to read the speakers of transcripts apart: TF-IDF and logistic regression, five splits 70/30.

    python benchmarks/text_speakers.py TABLE.parquet --column transcript --target won

Each line is a way to read the texts: all words together, those of each speaker alone, speakers apart (a vocabulary
each), beside numbers of turns (`text_turns`) and of style (`text_style`), and so in words and in characters. ROC AUC of
the best of four strengths of regularisation, chosen by the mean over the same splits, so each is a little too high.
"""

from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedShuffleSplit

from assay.core.block.columns import TextBlock
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.features import registry

ANALYSES = {"words": ("word", (1, 2)), "characters": ("char_wb", (3, 5))}
STRENGTHS = (0.1, 0.3, 1.0, 3.0)


def transformed(name: str, table: Table, **settings: object) -> Table:
    """Of steps that learn nothing but which columns there are."""
    return registry.build(Step.of(name, **settings)).fit(table, None, seeds=Seeds(0)).transform(table)


def sparse_of(texts: Sequence[str], train: NDArray[np.int64], analysis: str) -> csr_array:
    """TF-IDF of all rows by the vocabulary of those in train."""
    analyzer, ngrams = ANALYSES[analysis]
    terms = TfidfVectorizer(analyzer=analyzer, ngram_range=ngrams, min_df=2, sublinear_tf=True)
    return csr_array(terms.fit([texts[i] for i in train]).transform(texts))


def scaled(numbers: NDArray[np.float32], train: NDArray[np.int64]) -> csr_array:
    """Numbers as sparse columns of the size that terms have."""
    filled = np.nan_to_num(numbers.astype(np.float64))
    return csr_array((filled - filled[train].mean(axis=0)) / (filled[train].std(axis=0) + 1e-9) / 10.0)


def ways(column: str, speakers: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Blocks that are read together."""
    yield (column,)
    yield from ((one,) for one in speakers)
    yield tuple(speakers)
    yield (column, *speakers)
    yield from ((column, numbers) for numbers in ("turns", "style"))
    yield (column, "turns", "style")


def main() -> None:
    """A line for each way."""
    parser = ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("table", type=Path)
    parser.add_argument("--column", required=True)
    parser.add_argument("--target", required=True)
    asked = parser.parse_args()
    frame = pd.read_parquet(asked.table)
    cells = frame[asked.column].fillna("").astype(str).to_numpy(dtype=object)[:, None]
    table, labels = Table.of(text=TextBlock(cells, (asked.column,))), frame[asked.target].to_numpy()
    apart = transformed("speaker_texts", table)
    numbers = {name: transformed(f"text_{name}", table).numeric for name in ("turns", "style")}
    speakers = apart.text_names[1:]
    splits = list(StratifiedShuffleSplit(5, test_size=0.3, random_state=0).split(cells, labels))
    for analysis in ANALYSES:
        blocks = [
            {name: sparse_of(apart.column(name).tolist(), train, analysis) for name in apart.text_names}
            | {name: scaled(values, train) for name, values in numbers.items()}
            for train, _ in splits
        ]
        for way in ways(asked.column, speakers):
            scores = np.zeros((len(STRENGTHS), len(splits)))
            for (i, strength), (j, (train, test)) in product(enumerate(STRENGTHS), enumerate(splits)):
                every = csr_array(hstack([blocks[j][name] for name in way]))
                model = LogisticRegression(C=strength, max_iter=500).fit(every[train], labels[train])
                scores[i, j] = roc_auc_score(labels[test], model.decision_function(every[test]))
            best = scores[scores.mean(axis=1).argmax()]
            print(f"{analysis:<10}  {' + '.join(way):<60} {best.mean():.4f}  {np.round(best, 3).tolist()}", flush=True)


if __name__ == "__main__":
    main()
