"""Designs are made once, are what their steps say, and are never taken for another's."""

import shutil
import sys
import weakref
from dataclasses import replace

import numpy as np
import pytest

from assay.core.recipe import Recipe, Step
from assay.core.seed import Seeds
from assay.core.split import Fold
from assay.features import registry
from assay.pipeline.fold_view import LabFoldView, open_kept_design
from assay.pipeline.shared_design import design_key, open_design, split_steps
from assay.pipeline.store import TaskFolder
from assay.pipeline.worker_cache import WorkerCache
from assay.testing.encoders import assert_equal_tables

FREE = (Step.of("dates"), Step.of("one_hot"), Step.of("impute", indicators=True), Step.of("scale"))
MODEL = Step.of("lightgbm")


def view_of(folder, steps, *, fold=0):
    recipe = Recipe(steps=steps, model=MODEL)
    return LabFoldView(folder, recipe, folder.split.fold(fold), folder.task.loss, Seeds(0))


def test_a_cached_design_equals_its_steps_applied_by_hand(make_folder):
    folder = make_folder()
    table, seeds = folder.table, Seeds(folder.task.seed).child("design")
    for i, step in enumerate(FREE):
        table = registry.build(step).fit(table, None, seeds=seeds.child(i, step.name)).transform(table)
    made, opened = open_design(folder, FREE), open_design(folder, FREE)
    assert_equal_tables(made.table, table, "made now")
    assert_equal_tables(opened.table, table, "from the cache")


def test_the_encoders_of_a_design_make_it_from_raw_rows(make_folder):
    folder = make_folder()
    design = open_design(folder, FREE)
    table = folder.table
    for encoder in design.encoders:
        table = encoder.transform(table)
    assert_equal_tables(table, design.table, "by its encoders")


def test_all_rows_of_a_design_are_its_own_and_no_copy_and_cannot_be_written(make_folder):
    folder = make_folder()
    rows = np.arange(len(folder.target))
    view = replace(view_of(folder, FREE), fold=Fold(0, rows, rows[:0]))
    assert np.shares_memory(view.table("train").numeric, view.whole().numeric)
    with pytest.raises(ValueError, match="read-only"):
        view.table("train").numeric[0] = 1.0
    turned = replace(view, fold=Fold(0, rows[::-1], rows[:0]), _tables={})
    assert_equal_tables(turned.table("train").take(rows[::-1]), view.whole(), "in another order")


def test_a_design_is_made_once(make_folder):
    folder = make_folder()
    open_design(folder, FREE)
    before = {path: path.stat().st_mtime_ns for path in folder.cache.rglob("*") if path.is_file()}
    open_design(folder, FREE)
    assert {path: path.stat().st_mtime_ns for path in folder.cache.rglob("*") if path.is_file()} == before
    assert not [path for path in before if path.name.startswith(".")]


def test_a_design_left_half_made_is_made_again(make_folder):
    folder = make_folder()
    design = open_design(folder, FREE)
    (design.folder / "layout.json").unlink()
    (design.folder / "numeric.npy").unlink()  # what maps it keeps its bytes
    (design.folder / "numeric.npy").write_bytes(b"half")
    assert_equal_tables(open_design(folder, FREE).table, design.table, "made again")


def test_a_dropped_cache_costs_time_only(make_folder):
    folder = make_folder()
    before = open_design(folder, FREE)
    shutil.rmtree(folder.cache)
    assert_equal_tables(open_design(folder, FREE).table, before.table, "without a cache")


@pytest.mark.parametrize(
    ("steps", "n_free"),
    [((), 0), (FREE, 4), ((Step.of("target_mean"), *FREE), 0), ((*FREE[:2], Step.of("target_mean"), *FREE[2:]), 2)],
)
def test_from_the_first_step_that_needs_the_target_on_all_is_left_to_the_fold(steps, n_free):
    free, rest = split_steps(steps)
    assert (*free, *rest) == steps
    assert len(free) == n_free


def test_in_order_of_time_no_step_learns_from_later_rows(make_folder, tmp_path):
    folder = make_folder(order_by="fare")
    later = np.flatnonzero(folder.split.numbers[:, 0] == folder.split.n_folds - 1)
    numeric, codes = folder.table.numeric.copy(), folder.table.codes.copy()
    numeric[later], codes[later] = 50.0 * numeric[later] - 7.0, 0
    table = folder.table.with_cells(numeric=numeric, codes=codes)
    other = TaskFolder.create(
        tmp_path / "other", task=replace(folder.task, hash="other"), table=table, target=folder.target,
        split=folder.split,
    )  # fmt: skip
    steps = (Step.of("dates"), Step.of("counts", above=0), Step.of("clusters", k=3), *FREE[1:])
    for part in ("train", "test"):
        assert_equal_tables(view_of(folder, steps).table(part), view_of(other, steps).table(part), part)
    assert view_of(folder, steps).design is None
    assert open_design(folder, steps).rest == steps


def test_designs_differ_by_task_steps_order_and_parameters():
    keys = [
        design_key("task", FREE), design_key("other", FREE), design_key("task", FREE[::-1]),
        design_key("task", FREE[:2]), design_key("task", (*FREE[:3], Step.of("scale", clip=4.0))),
    ]  # fmt: skip
    assert len(set(keys)) == len(keys)


def test_a_task_that_replaces_another_in_the_same_folder_gets_its_own_design(make_folder):
    recipe = Recipe(steps=FREE, model=MODEL)
    first = make_folder("regression")
    old = open_kept_design(first, recipe, np.arange(9)).table
    shutil.rmtree(first.path)
    second = make_folder("binary")
    assert second.path == first.path
    opened = open_kept_design(second, recipe, np.arange(9))
    assert opened.table.n_rows == len(second.target)
    assert_equal_tables(opened.table, open_design(second, FREE).table, "the second task")
    assert old.n_rows == len(first.target)


def test_folds_of_one_design_share_it_and_its_files(make_folder):
    folder = make_folder()
    first, second = view_of(folder, FREE, fold=0), view_of(folder, FREE, fold=1)
    assert first.design == second.design is not None
    assert_equal_tables(first.whole(), second.whole(), "whole")
    written = []

    def build(path):
        written.append(path)
        path.write_bytes(b"binned")

    assert first.shared_file("x.bin", build) == second.shared_file("x.bin", build)
    assert len(written) == 1


def test_a_view_with_a_step_that_needs_the_target_has_no_shared_design(make_folder):
    assert view_of(make_folder(), (Step.of("target_mean"),)).design is None


def test_half_a_shared_file_of_a_killed_worker_is_never_taken_for_the_whole(make_folder):
    view = view_of(make_folder(), FREE)
    left = view.base.folder / f".x.bin.5e0f.{2**30}.tmp"
    left.write_bytes(b"half")

    def build(path):
        with path.open("xb") as file:  # as LightGBM: it does not write over what is there
            file.write(b"whole")

    assert view.shared_file("x.bin", build).read_bytes() == b"whole"
    assert not left.exists()


def test_without_file_locks_workers_write_under_names_of_their_own(make_folder, monkeypatch):
    view = view_of(make_folder(), FREE)
    others = view.base.folder / ".x.bin.5e0f.1.tmp"
    others.write_bytes(b"under way")
    monkeypatch.setitem(sys.modules, "fcntl", None)
    written = []
    view.shared_file("x.bin", lambda path: (written.append(path.name), path.write_bytes(b"whole")))
    assert written[0] not in ("x.bin", others.name)
    assert others.read_bytes() == b"under way"


def test_a_shared_file_that_could_not_be_built_is_built_by_the_next(make_folder):
    view = view_of(make_folder(), FREE)

    def fail(path):
        path.write_bytes(b"half")
        raise MemoryError

    with pytest.raises(MemoryError):
        view.shared_file("x.bin", fail)
    assert view.shared_file("x.bin", lambda path: path.write_bytes(b"whole")).read_bytes() == b"whole"


def test_the_memory_of_a_worker_keeps_the_last_used():
    memory, built = WorkerCache(last=2), []

    def get(key):
        return memory.get((key,), lambda: built.append(key) or key)

    for key in "abacab":
        assert get(key) == key
    assert built == ["a", "b", "c", "b"]


def test_the_memory_of_a_worker_gives_large_sets_up_before_it_makes_another():
    class Set: ...

    memory, alive = WorkerCache(last=9, most_cells=100), dict[str, weakref.ref[Set]]()

    def get(key, cells):
        def build():
            there = {name for name, reference in alive.items() if reference() is not None}
            made = Set()
            alive[key] = weakref.ref(made)
            return made, there

        return memory.get((key,), build, cells=cells)[1]

    assert get("file", 0) == set()
    assert get("first", 60) == {"file"}
    assert get("second", 40) == {"file", "first"}
    assert get("third", 50) == {"file", "second"}
    assert get("too large", 500) == {"file"}
    assert get("file", 0) == set()  # kept, as it was when it was made


def test_the_parts_of_a_fold_are_its_rows_of_the_design(make_folder):
    folder = make_folder()
    view = view_of(folder, FREE, fold=2)
    assert_equal_tables(view.table("train"), view.whole().take(view.train_rows), "train")
    assert_equal_tables(view.table("test"), view.whole().take(view.test_rows), "test")
    assert np.array_equal(view.target("test").values, folder.target.values[view.test_rows])


def test_a_refit_has_all_rows_to_learn_from_and_none_to_test(make_folder):
    folder = make_folder()
    rows = np.arange(len(folder.target))
    recipe = Recipe(steps=(Step.of("target_mean"),), model=MODEL)
    view = LabFoldView(folder, recipe, Fold(0, rows, rows[:0]), folder.task.loss, Seeds(0))
    assert view.table("train").n_rows == len(rows)
    assert view.table("test").n_rows == len(view.target("test")) == 0


def test_the_target_is_learned_on_the_scale_of_the_recipe_and_classes_as_they_are(make_folder):
    folder = make_folder("regression")
    recipe = Recipe(model=MODEL, transform="log1p")
    view = LabFoldView(folder, recipe, folder.split.fold(0), "squared", Seeds(0))
    assert np.allclose(view.target("train").values, np.log1p(folder.target.values[view.train_rows]))
    classes = make_folder("binary", name="classes")
    view = LabFoldView(classes, recipe, classes.split.fold(0), "log_loss", Seeds(0))
    assert np.array_equal(view.target("train").values, classes.target.values[view.train_rows])
