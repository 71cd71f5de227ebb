"""Tables and states on disk come back as they were, or not at all."""

import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from assay.core.block.columns import CodeBlock, DateBlock, NumericBlock, TextBlock
from assay.core.block.sparse import Sparse
from assay.core.contract import State
from assay.core.errors import BundleError
from assay.core.table import Table
from assay.pipeline.states import read_states, write_states
from assay.pipeline.table_files import load_array, load_table, save_array, save_table
from assay.testing.encoders import assert_equal_tables
from assay.testing.tables import tables_of_every_kind
from each import at_most

anything = st.text(alphabet=st.characters(), max_size=12)


@st.composite
def tables(draw):
    """Tables of up to six rows whose blocks hold any cells they may hold."""
    n = draw(st.integers(0, 6))
    a, b, c, d = (draw(st.integers(0, 3)) for _ in range(4))
    text = np.empty((n, d), dtype=object)
    for i in range(n):
        text[i] = draw(st.lists(anything, min_size=d, max_size=d))
    counts = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    values = draw(arrays(np.float32, int(indptr[-1]), elements=st.floats(width=32)))
    sparse = Sparse(values, np.arange(indptr[-1], dtype=np.int32) % 5, indptr, 5)
    return Table.of(
        numeric=NumericBlock(
            draw(arrays(np.float32, (n, a), elements=st.floats(width=32))), tuple(f"x{j}" for j in range(a))
        ),
        codes=CodeBlock(
            draw(arrays(np.int32, (n, b), elements=st.integers(-1, 9))), tuple(f"ö{j}" for j in range(b)), (9,) * b
        ),
        dates=DateBlock(draw(arrays(np.float64, (n, c), elements=st.floats())), tuple(f"d{j}" for j in range(c))),
        text=TextBlock(text, tuple(f"t{j}" for j in range(d))),
        **draw(st.sampled_from([{}, {"sparse": sparse}])),
    )


@settings(max_examples=at_most(40), deadline=None)
@given(table=tables())
def test_any_table_comes_back_bit_for_bit(tmp_path_factory, table):
    place = tmp_path_factory.mktemp("table")
    save_table(place, table)
    assert_equal_tables(table, load_table(place), "from disk")


@pytest.mark.parametrize("kind", sorted(tables_of_every_kind()))
def test_tables_of_every_kind_come_back_and_leave_no_half_files(tmp_path, kind):
    table = tables_of_every_kind()[kind]
    save_table(tmp_path, table)
    assert_equal_tables(table, load_table(tmp_path), kind)
    assert not [path.name for path in tmp_path.iterdir() if path.name.endswith(".tmp")]


def test_blocks_from_disk_refuse_to_be_written_to(tmp_path):
    save_table(tmp_path, tables_of_every_kind()["mixed"])
    with pytest.raises(ValueError, match="read-only"):
        load_table(tmp_path).numeric[0, 0] = 1.0


@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (2, 3)])
def test_an_array_keeps_its_shape(tmp_path, shape):
    array = np.zeros(shape, dtype=np.float32)
    save_array(tmp_path / "a.npy", array)
    assert load_array(tmp_path / "a.npy").shape == shape


def test_arrays_of_objects_are_refused_rather_than_pickled(tmp_path):
    with pytest.raises(ValueError, match="allow_pickle"):
        save_array(tmp_path / "a.npy", np.array([object()]))
    assert not (tmp_path / "a.npy").exists()


def states(n=12):
    """More than ten, so that an order by text would show."""
    rng = np.random.default_rng(0)
    return [
        State(
            f"step {i}", {"i": i, "levels": ["ä", None, 0.1], "deep": {"list": [[1], []]}},
            {"w": rng.normal(size=(i % 3, 2)), "scalar": np.float64(i), "a/b": np.asfortranarray(np.eye(2, 3))},
        )
        for i in range(n)
    ]  # fmt: skip


def test_states_come_back_in_order_with_arrays_and_shapes(tmp_path):
    size = write_states(tmp_path / "s.state", states())
    found = read_states(tmp_path / "s.state")
    assert size == (tmp_path / "s.state").stat().st_size
    for was, now in zip(states(), found, strict=True):
        assert (was.name, was.meta) == (now.name, now.meta)
        assert was.arrays.keys() == now.arrays.keys()
        for key, array in was.arrays.items():
            assert np.shape(array) == now.arrays[key].shape
            assert np.array_equal(array, now.arrays[key])


def test_no_states_are_states_too(tmp_path):
    write_states(tmp_path / "s.state", [])
    assert read_states(tmp_path / "s.state") == ()


@settings(max_examples=at_most(40), deadline=None)
@given(share=st.floats(0.0, 0.999))
def test_a_file_that_was_cut_off_is_refused_and_never_half_read(tmp_path_factory, share):
    place = tmp_path_factory.mktemp("cut")
    size = write_states(place / "s.state", states(3))
    cut = place / "cut.state"
    cut.write_bytes((place / "s.state").read_bytes()[: int(share * size)])
    with pytest.raises(BundleError, match=r"cut\.state holds no fitted steps"):
        read_states(cut)


def test_a_missing_and_a_foreign_file_are_refused_by_name(tmp_path):
    with zipfile.ZipFile(tmp_path / "other.state", "w") as archive:
        archive.writestr("readme.txt", "hello")
    for name in ("gone.state", "other.state"):
        with pytest.raises(BundleError, match=name):
            read_states(tmp_path / name)


def test_a_state_with_objects_is_refused_and_leaves_no_file(tmp_path):
    with pytest.raises(ValueError, match="allow_pickle"):
        write_states(tmp_path / "s.state", [State("x", {}, {"o": np.array([object()])})])
    assert not (tmp_path / "s.state").exists()


def test_equal_states_give_equal_bytes_whatever_the_clock_says(tmp_path, monkeypatch):
    states = [State("scale", {"clip": 8.0}, {"centre": np.arange(3.0)})]
    written = []
    for year in (2001, 2031):
        monkeypatch.setattr("zipfile.time.localtime", lambda *_, year=year: (year, 1, 1, 0, 0, 0, 0, 1, 0))
        write_states(tmp_path / "one.state", states)
        written.append((tmp_path / "one.state").read_bytes())
    assert written[0] == written[1]


def test_what_cannot_be_written_leaves_no_half_file_and_the_old_one_in_place(tmp_path):
    nothing_to_store = np.array([object()], dtype=object)
    save_array(tmp_path / "a.npy", np.arange(3))
    with pytest.raises(ValueError, match="pickle"):
        save_array(tmp_path / "a.npy", nothing_to_store)
    with pytest.raises(ValueError, match="pickle"):
        write_states(tmp_path / "a.state", [State("one", {}, {"x": nothing_to_store})])
    assert [path.name for path in tmp_path.iterdir()] == ["a.npy"]
    np.testing.assert_array_equal(load_array(tmp_path / "a.npy"), np.arange(3))
