"""The contract of feature steps, as checks for authors of plug-ins: `check_encoder("one_hot")`."""

import io
import itertools
import json
from collections.abc import Iterator
from typing import cast

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index, JsonObject
from assay.core.block.columns import MISSING_CODE, CodeBlock, ColumnBlock, NumericBlock
from assay.core.contract import Encoder, Facts, FittedEncoder, Seeds, State, Table, Target, TargetEncoder
from assay.core.errors import DataError
from assay.core.problem.binary import Binary
from assay.core.recipe import Step, canonical
from assay.features import registry
from assay.inspect.step_leak_test import with_other_targets
from assay.testing.tables import (
    PROBLEMS,
    all_missing,
    all_unseen,
    folds_of,
    only,
    tables_of_every_kind,
    tiny_table,
    tiny_target,
)  # fmt: skip

_SEEDS = Seeds(7)
_SMALL = 24
"""Rows up to which each is encoded alone."""


def check_encoder(step: str | Step) -> None:
    """Run every check on a registered step; AssertionError names the step, the table and the law that broke."""
    encoder = registry.build(step if isinstance(step, Step) else Step.of(step))
    tables = {title: table for title, table in tables_of_every_kind().items() if _suits(encoder, table)}
    assert "mixed" in tables, f"{type(encoder).__name__}: name columns of assay.testing.tables.tiny_table"
    for title, table in tables.items():
        for problem in PROBLEMS if encoder.traits.needs_target else PROBLEMS[:1]:
            target = tiny_target(problem, tiny_table(0, table.n_rows))
            _check_on(encoder, table, target, f"{type(encoder).__name__} on {title!r}, {problem}")
    check_traits(encoder)
    check_target_is_not_read(encoder)
    check_labels_stay_in_their_fold(encoder)
    check_noise_stays_noise(encoder)


def _suits(encoder: Encoder, table: Table) -> bool:
    """False where a step that names columns refuses a table without them, in words for people."""
    if not encoder.traits.names_columns:
        return True
    try:
        encoder.fit(table, None, seeds=_SEEDS)
    except DataError as error:
        refused = error.where
    else:
        return True
    assert refused.option in registry.names(), f"{type(encoder).__name__} refuses a table, and its error names no step"
    return False


def check_traits(encoder: Encoder) -> None:
    """A step that needs the target gives training rows out-of-fold values; its ideas name known settings."""
    name, traits = type(encoder).__name__, encoder.traits
    assert not traits.needs_target or hasattr(encoder, "fit_transform"), f"{name} needs the target: fit_transform"
    taken = {idea.name for _, step in registry if step is not type(encoder) for idea in step.traits.ideas}
    for idea in traits.ideas:
        assert idea.name not in taken, f"{name} and another step offer ideas of one name, {idea.name!r}"
        steps = (*idea.trees, *idea.distances)
        owners = [registry.get(step.name) for step in steps if registry.build(step) is not None]
        assert type(encoder) in owners, f"{name} offers the idea {idea.name!r}, of which it is no step"
        assert {step.name for step in steps} >= set(idea.finds), f"the idea {idea.name!r} finds steps it has not got"
    planned = getattr(encoder, "cost", None)
    if callable(planned):
        for facts in facts_of_every_size():
            cost = planned(facts)
            assert 0.0 <= cost.seconds < float("inf"), f"{name} takes {cost.seconds} s of {facts}"
            assert isinstance(cost.columns, int), f"{name} adds {cost.columns!r} columns to {facts}"
            assert cost.columns >= 0, f"{name} adds {cost.columns} columns to {facts}"


def facts_of_every_size() -> Iterator[Facts]:
    """Facts of tables with and without each kind of column, small and large."""
    for rows, numbers, categories, classes in itertools.product((1, 2_000, 10**6), (0, 1, 500), (0, 3), (0, 2, 100)):
        yield Facts(
            problem=Binary(), n_rows=rows, n_numeric=numbers, n_category=categories, n_dates=0, n_text=0,
            n_classes=classes,
        )  # fmt: skip


def _check_on(encoder: Encoder, table: Table, target: Target, where: str) -> None:
    fitted = encoder.fit(table, target if encoder.traits.needs_target else None, seeds=_SEEDS)
    check_same_every_time(encoder, table, target, where)
    check_state_restores(encoder, fitted, table, where)
    check_effort_is_counted(encoder, fitted, where)
    check_shape_is_kept(fitted, table, where)
    check_rows_are_independent(fitted, table, where)
    if encoder.traits.needs_target and table.n_rows > 2:
        check_training_block(cast("TargetEncoder", encoder), fitted, table, target, where)


def _arrays(table: Table) -> dict[str, AnyArray]:
    """All arrays of a table by name, as they are stored."""
    return {
        f"{name}.{key}": array for name, block in table.blocks.items() for key, array in block.arrays().items()
    }  # fmt: skip


def _layout(table: Table) -> dict[str, JsonObject]:
    """What each block stores beside its arrays: names, levels."""
    return {name: block.meta() for name, block in sorted(table.blocks.items())}


def assert_equal_tables(a: Table, b: Table, where: str) -> None:
    """Equal names, and arrays equal to the last bit."""
    assert _layout(a) == _layout(b), f"{where}: columns {_layout(a)} became {_layout(b)}"
    left, right = _arrays(a), _arrays(b)
    for name, array in left.items():
        same = array.dtype == right[name].dtype and array.shape == right[name].shape and _bits(array, right[name])
        assert same, f"{where}: {name} differs"


def _bits(a: AnyArray, b: AnyArray) -> bool:
    return np.ascontiguousarray(a).tobytes() == np.ascontiguousarray(b).tobytes()


def through_disk(state: State) -> State:
    """The state after JSON text and an .npz without pickle, as a bundle stores it."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **{key: np.asarray(array) for key, array in state.arrays.items()})
    buffer.seek(0)
    with np.load(buffer, allow_pickle=False) as stored:
        arrays = {key: stored[key] for key in stored.files}
    return State(state.name, json.loads(canonical(state.meta)), arrays)


def check_state_restores(encoder: Encoder, fitted: FittedEncoder, table: Table, where: str) -> None:
    """A state is JSON and arrays, is known by a registered name, and gives the same table to the last bit."""
    state = fitted.state()
    assert isinstance(encoder, registry.get(state.name)), f"{where}: its state is named {state.name!r}"
    gaps = encoder.traits.nan_arrays
    damaged = [name for name, array in state.arrays.items() if name not in gaps and _has_nan(array)]
    assert not damaged, f"{where}: its state holds NaN in {damaged}, which are none of its nan_arrays"
    restored = type(encoder).restore(through_disk(state))
    for rows in (table, table.take(np.arange(0)), all_missing(table), all_unseen(table)):
        assert_equal_tables(fitted.transform(rows), restored.transform(rows), f"{where}, restored")


def _has_nan(array: AnyArray) -> bool:
    return array.dtype.kind == "f" and bool(np.isnan(array).any())


def check_effort_is_counted(encoder: Encoder, fitted: FittedEncoder, where: str) -> None:
    """The effort of a row is a finite number, the same for the restored step."""
    own, again = fitted.effort(), type(encoder).restore(through_disk(fitted.state())).effort()
    assert 0 <= own.ms < float("inf"), f"{where}: its effort is {own}"
    assert own == again, f"{where}: its effort is {own}, restored {again}"


def check_same_every_time(encoder: Encoder, table: Table, target: Target, where: str) -> None:
    """Two fits with the same seed give the same state."""
    given = target if encoder.traits.needs_target else None
    first, second = (encoder.fit(table, given, seeds=_SEEDS).state() for _ in range(2))
    assert canonical(first.meta) == canonical(second.meta), f"{where}: two fits differ"
    for key, array in first.arrays.items():
        assert _bits(array, second.arrays[key]), f"{where}: {key} differs between two fits"


def check_shape_is_kept(fitted: FittedEncoder, table: Table, where: str) -> None:
    """Rows stay, columns are the same for any rows, types hold, nothing is infinite, the input is untouched."""
    before = {name: array.copy() for name, array in _arrays(table).items()}
    columns = _layout(fitted.transform(table.without("moment")))
    for rows in (table, table.take(np.arange(0)), table.take(np.arange(1)), all_missing(table), all_unseen(table)):
        out = fitted.transform(rows)
        assert out.n_rows == rows.n_rows, f"{where}: {rows.n_rows} rows became {out.n_rows}"
        layout = _layout(out.without("moment"))
        assert layout == columns, f"{where}: columns {columns} became {layout}"
        _check_blocks(out, where)
    for name, array in _arrays(table).items():
        assert _bits(array, before[name]), f"{where}: it wrote into {name}"


def _check_blocks(out: Table, where: str) -> None:
    n = out.n_rows
    for name, block in out.blocks.items():
        assert block.n_rows == n, f"{where}: {name} has {block.n_rows} rows of {n}"
        assert len(set(block.names)) == len(block.names), f"{where}: two columns of {name} share a name"
        if isinstance(block, ColumnBlock):
            assert block.values.shape == (n, len(block.names)), f"{where}: {name} is {block.values.shape}"
            assert block.values.dtype == block.dtype, f"{where}: {name} is {block.values.dtype}"
    assert len(out.levels) == len(out.code_names), f"{where}: {len(out.levels)} levels of {len(out.code_names)} codes"
    assert not np.isinf(out.numeric).any(), f"{where}: a number is infinite"
    assert ((out.codes >= MISSING_CODE) & (out.codes <= np.array(out.levels))).all(), f"{where}: a code has no level"
    if out.sparse is not None:
        assert np.isfinite(out.sparse.data).all(), f"{where}: a sparse value is not finite"


def check_rows_are_independent(fitted: FittedEncoder, table: Table, where: str) -> None:
    """A row alone is encoded as it is among others, to 1e-6: all rows of a small table, of others the first."""
    batch = fitted.transform(table)
    for row in range(table.n_rows if table.n_rows <= _SMALL else 8):
        at = np.array([row])
        alone, among = _arrays(fitted.transform(table.take(at))), _arrays(batch.take(at))
        for name, array in among.items():
            close = array.shape == alone[name].shape
            close = close and np.allclose(array, alone[name], rtol=1e-6, atol=1e-6, equal_nan=True)
            assert close, f"{where}: row {row} alone has another {name}"


def check_training_block(
    encoder: TargetEncoder, fitted: FittedEncoder, table: Table, target: Target, where: str
) -> None:
    """fit_transform learns what fit learns, and gives the training rows the columns new rows will have."""
    inner = folds_of(table.n_rows)
    learned, block = encoder.fit_transform(table, target, inner=inner, seeds=_SEEDS)
    expected = fitted.transform(table)
    assert_equal_tables(learned.transform(table), expected, f"{where}, fit_transform against fit")
    assert block.n_rows == table.n_rows, f"{where}: fit_transform changed the number of rows"
    assert _layout(block) == _layout(expected), f"{where}: fit_transform has other columns than transform"
    _check_blocks(block, where)


def check_target_is_not_read(encoder: Encoder) -> None:
    """A step that declares that it needs no target learns the same with one."""
    if encoder.traits.needs_target:
        return
    table = tiny_table(1, 60)
    alone = encoder.fit(table, None, seeds=_SEEDS)
    targeted = encoder.fit(table, tiny_target("binary", table), seeds=_SEEDS)
    assert_equal_tables(alone.transform(table), targeted.transform(table), f"{type(encoder).__name__} read the target")


def training_block(encoder: Encoder, table: Table, target: Target, inner: Index) -> Table:
    """The training rows as a model would get them."""
    if not encoder.traits.needs_target:
        return encoder.fit(table, None, seeds=_SEEDS).transform(table)
    return cast("TargetEncoder", encoder).fit_transform(table, target, inner=inner, seeds=_SEEDS)[1]


def check_labels_stay_in_their_fold(encoder: Encoder) -> None:
    """Changing the labels of a fold changes no byte of features made for it, nor of a training block without it."""
    table, name = tiny_table(2, 240), type(encoder).__name__
    outer = folds_of(table.n_rows, 4)
    train = np.flatnonzero(outer != 0)
    inner = folds_of(len(train))
    for problem in PROBLEMS:
        target = tiny_target(problem, table)
        rows, known = table.take(train), target.take(train)
        block = training_block(encoder, rows, known, inner)
        swapped = with_other_targets(target, outer == 0).take(train)
        assert_equal_tables(block, training_block(encoder, rows, swapped, inner), f"{name}: validation labels leak")
        for fold in range(3):
            other = training_block(encoder, rows, with_other_targets(known, inner == fold), inner)
            _assert_shared_columns_equal(block, other, np.flatnonzero(inner == fold), f"{name}, {problem}")


def _assert_shared_columns_equal(a: Table, b: Table, rows: Index, where: str) -> None:
    """Numeric columns both tables have (a choice may look at all labels) are bit-equal in these rows."""
    for name in set(a.numeric_names) & set(b.numeric_names):
        left, right = a.numeric[rows, a.numeric_names.index(name)], b.numeric[rows, b.numeric_names.index(name)]
        assert _bits(left, right), f"{where}: column {name!r} of a fold's rows depends on their own labels"


def rank_auc(positive: Bools, score: Floats) -> float:
    """Area under the ROC curve, ties counted half (Mann and Whitney, 1947)."""
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts)[place] - (counts[place] - 1) / 2.0
    n = int(positive.sum())
    return float((ranks[positive].sum() - n * (n + 1) / 2.0) / (n * (len(score) - n)))


def noise_table(n: int = 2_000, levels: int = 200) -> Table:
    """Rows whose columns carry no information: a wide code column, two narrow ones, numbers, dates, texts."""
    rng, table = _SEEDS.child("noise").rng(), tiny_table(3, n)
    codes = np.column_stack([rng.integers(0, levels, n), rng.integers(0, 4, n), rng.integers(0, 30, n)])
    names, sizes = ("wide", "narrow", "middle"), (levels, 4, 30)
    return table.with_blocks(
        numeric=NumericBlock(rng.normal(0.0, 1.0, (n, 10)).astype(np.float32), tuple(f"x{j}" for j in range(10))),
        codes=CodeBlock(codes.astype(np.int32), names, sizes),
    )


def check_noise_stays_noise(encoder: Encoder) -> None:
    """On a random target no column of the training block ranks it better than by chance: AUC within 0.5 ± 0.06."""
    table = noise_table() if encoder.traits.needs_target else only(noise_table(400), "codes", "numeric")
    if not _suits(encoder, table):
        return  # it names other columns than these
    labels = _SEEDS.child("coin").rng().integers(0, 2, table.n_rows).astype(np.int32)
    block = training_block(encoder, table, Target(labels, 2), folds_of(table.n_rows, 5))
    slack = 0.06 if encoder.traits.needs_target else 0.12  # fewer rows, as nothing there has seen the labels
    for name, column in zip(block.numeric_names, block.numeric.T, strict=True):
        area = rank_auc(labels == 1, np.nan_to_num(column).astype(np.float64))
        assert abs(area - 0.5) <= slack, f"{type(encoder).__name__}: {name!r} ranks a random target at AUC {area:.3f}"
