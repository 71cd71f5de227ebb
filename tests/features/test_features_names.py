"""Names: categories whose levels share pieces, read by these pieces."""

import numpy as np
import pytest

from assay.core.block.strings import Strings
from assay.core.contract import FittedEncoder
from assay.core.errors import BundleError
from assay.core.name_pieces import are_names, name_columns
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.features import registry
from assay.testing.encoders import through_disk
from assay.testing.tables import only

RANKS = {"Senior": 8.0, "Junior": -6.0, "Chief": 15.0, "Assistant": -9.0}
FIELDS = {"Data": 5.0, "Fire": 1.0, "Library": -3.0, "Water": 0.0, "Payroll": -1.0}
ROLES = {"Engineer": 10.0, "Officer": 2.0, "Clerk": -8.0, "Planner": 4.0, "Inspector": 0.0}
TITLES = [f"{rank} {area} {role}" for rank in RANKS for area in FIELDS for role in ROLES]


def worth(title: str) -> float:
    rank, area, role = title.split()
    return RANKS[rank] + FIELDS[area] + ROLES[role]


def table(*texts: str | None, name: str = "title") -> Table:
    position: dict[str, int] = {}
    codes = [-1 if text is None else position.setdefault(text, len(position)) for text in texts]
    return Table.of(strings=Strings.of([(name, np.array(codes, dtype=np.int32), list(position))]))


def fit(rows: Table, name: str = "name_terms", target: Target | None = None) -> FittedEncoder:
    return registry.build(Step.of(name)).fit(rows, target, seeds=Seeds(0))


def dense(rows: Table) -> np.ndarray:
    block = rows.sparse
    assert block is not None
    out = np.zeros((block.n_rows, block.n_columns))
    out[np.repeat(np.arange(block.n_rows), np.diff(block.indptr)), block.indices] = block.data
    return out


def test_titles_are_names() -> None:
    assert are_names(TITLES)
    assert are_names([title.replace(" ", "_").upper() for title in TITLES])


def test_titles_without_spaces_between_words_are_names() -> None:
    assert are_names([a + b + c for a in ("高级", "初级", "首席", "助理") for b in ("数据", "消防") for c in
                      ("工程师", "分析师", "经理", "文员", "检查员")])  # fmt: skip


def test_titles_of_burmese_are_names() -> None:
    ranks, fields, roles = ("အကြီးတန်း", "အငယ်တန်း", "အကူ", "ဒု"), ("ကျောင်း", "ဆေးရုံ", "ရုံး"), ("ဆရာ", "ဝန်ထမ်း", "အုပ်ချုပ်ရေးမှူး")
    assert are_names([rank + field + role for rank in ranks for field in fields for role in roles])


def _drawn(n: int, letters: str, length: int) -> list[str]:
    rng = np.random.default_rng(0)
    return ["".join(rng.choice(list(letters), length)) for _ in range(n)]


@pytest.mark.parametrize(
    "levels",
    [
        TITLES[:30],
        [f"C{k:03d}" for k in range(200)],
        [f"order {k}" for k in range(10_000, 10_200)],
        _drawn(200, "0123456789abcdef", 12),
        _drawn(200, "abcdefghijklmnopqrstuvwxyz", 8),
        [f"{first.title()}, {last.title()}" for first, last in
         zip(_drawn(200, "abdelmnorst", 7), _drawn(300, "aeilmnr", 4), strict=False)],
        [""] * 40,
    ],
    ids=["few", "codes", "numbers", "keys", "words", "persons", "empty"],
)  # fmt: skip
def test_few_levels_codes_keys_and_persons_are_no_names(levels: list[str]) -> None:
    assert not are_names(levels)


def test_columns_of_names_are_found_among_others() -> None:
    titles, codes = table(*TITLES).strings, table(*[f"C{k}" for k in range(100)], name="code").strings
    assert titles is not None
    assert codes is not None
    joined = Strings.of([(name, block.column(name)[0].astype(np.int32), block.column(name)[1])
                         for name, block in (("code", codes), ("title", titles))])  # fmt: skip
    assert name_columns(Table.of(strings=joined)) == ("title",)
    assert name_columns(only(Table.of(strings=joined), "numeric")) == ()


def test_a_title_never_seen_is_worth_what_its_pieces_are() -> None:
    rng = np.random.default_rng(1)
    held = {title for title in TITLES if rng.random() < 0.2}
    rows = [title for title in TITLES if title not in held for _ in range(4)]
    known = table(*rows)
    values = np.array([worth(row) for row in rows]) + rng.normal(0, 0.5, len(rows))
    terms = fit(known)
    scores = fit(terms.transform(known), "text_scores", Target(values))
    new = sorted(held)
    told = scores.transform(terms.transform(table(*[f"{title[:-1]} " for title in new]))).numeric[:, 0]
    assert np.corrcoef(told, [worth(title) for title in new])[0, 1] > 0.95


def test_a_row_alone_has_the_terms_it_has_among_others_after_a_bundle() -> None:
    fitted = fit(table(*TITLES))
    restored = type(registry.build(Step.of("name_terms"))).restore(through_disk(fitted.state()))
    texts = ["SENIOR data Engineer", None, "Snr. Data Enginer", "", "完全 unknown", "Chief_Water_Clerk"]
    batch = dense(restored.transform(table(*texts)))
    for row, text in zip(batch, texts, strict=True):
        assert np.array_equal(row, dense(fitted.transform(table(text)))[0])
    assert not batch[1].any()
    assert batch[2] @ batch[0] > 0.3


def test_names_stay_beside_texts_that_are_terms_already() -> None:
    rows = table(*TITLES)
    text = registry.build(Step.of("tfidf", min_df=1))
    with_text = rows.with_blocks(
        text=type(rows.blocks["text"])(np.array([[t] for t in TITLES], dtype=object), ("note",))
    )
    made = fit(rows).transform(text.fit(with_text, None, seeds=Seeds(0)).transform(with_text))
    assert made.sparse is not None
    assert made.sparse.labels == ("note", "title")


def test_a_damaged_state_is_refused() -> None:
    state = fit(table(*TITLES)).state()
    state.meta["columns"] = []
    with pytest.raises(BundleError):
        registry.get("name_terms").restore(state)
