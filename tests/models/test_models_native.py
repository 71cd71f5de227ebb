"""Bytes of boosting libraries are checked before a library follows the indices in them: it would read anywhere."""

import re
import struct

import numpy as np
import pytest

from assay.models.native_catboost import check_catboost
from assay.models.native_flatbuffer import Fields
from assay.models.native_lightgbm import check_lightgbm
from assay.models.native_ubjson import read_ubjson
from assay.models.native_xgboost import check_xgboost

CHECKS = {"lightgbm": check_lightgbm, "xgboost": check_xgboost, "catboost": check_catboost}


def table(n=300):
    """(n, 4) numbers, the last column of 30 categories, and a target that follows them."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 4)).astype(np.float32)
    X[:, 3] = rng.integers(0, 30, n)
    return X, X[:, 0] + (X[:, 3] % 5) + 0.1 * rng.normal(size=n)


def lightgbm_bytes(objective, y, **params):
    import lightgbm

    data = lightgbm.Dataset(table()[0], y, categorical_feature=[3])
    settings = {"objective": objective, "verbosity": -1, "num_threads": 1, "num_leaves": 7, **params}
    return lightgbm.train(settings, data, 6).model_to_string(num_iteration=-1).encode()


def xgboost_bytes(objective, y, **params):
    import xgboost

    data = xgboost.DMatrix(table()[0], y, feature_types=["q", "q", "q", "c"], enable_categorical=True)
    settings = {"objective": objective, "nthread": 1, "max_depth": 3, **params}
    return bytes(xgboost.train(settings, data, 6).save_raw("ubj"))


def catboost_bytes(loss, y, path):
    import catboost

    X = table()[0].astype(object)
    X[:, 3] = X[:, 3].astype(int)
    model = catboost.CatBoost({
        "loss_function": loss, "iterations": 6, "depth": 3, "thread_count": 1, "verbose": False,
        "allow_writing_files": False, "max_ctr_complexity": 2,
    })  # fmt: skip
    model.fit(X, y, cat_features=[3])
    model.save_model(str(path / "model.cbm"))
    return (path / "model.cbm").read_bytes()


@pytest.fixture(scope="module")
def natives(tmp_path_factory):
    y = table()[1]
    return {
        "lightgbm": lightgbm_bytes("regression", y),
        "xgboost": xgboost_bytes("reg:squarederror", y),
        "catboost": catboost_bytes("RMSE", y, tmp_path_factory.mktemp("cat")),
    }


def test_what_the_libraries_write_is_let_through_for_every_target(natives, tmp_path):
    y = table()[1]
    for name, check in CHECKS.items():
        check(natives[name])  # each raises for bytes it refuses
    two, three = (y > y.mean()).astype(int), np.digitize(y, np.quantile(y, [0.3, 0.7]))
    check_lightgbm(lightgbm_bytes("binary", two, monotone_constraints=[1, 0, 0, 0]))
    check_lightgbm(lightgbm_bytes("multiclass", three, num_class=3))
    check_lightgbm(lightgbm_bytes("quantile", y, alpha=0.3))
    check_lightgbm(lightgbm_bytes("regression", np.ones(len(y))))  # nothing to split: trees of one leaf
    check_xgboost(xgboost_bytes("binary:logistic", two))
    check_xgboost(xgboost_bytes("multi:softprob", three, num_class=3))
    check_xgboost(xgboost_bytes("reg:quantileerror", y, quantile_alpha=0.3))
    check_catboost(catboost_bytes("Logloss", two, tmp_path))
    check_catboost(catboost_bytes("MultiClass", three, tmp_path))


@pytest.mark.parametrize("name", list(CHECKS))
@pytest.mark.parametrize("kept", [0.0, 0.1, 0.3])
def test_what_is_cut_off_is_refused(natives, name, kept):
    with pytest.raises(ValueError, match=r"its? "):
        CHECKS[name](natives[name][: int(kept * len(natives[name]))])


LIGHTGBM = [
    ("left_child", 0, "0", "lead back"), ("right_child", 1, "99", "lead back or to nodes"),
    ("left_child", 0, "-99", "lead back or to nodes"), ("split_feature", 0, "4", "columns that there are not"),
    ("split_feature", 0, "-1", "columns that there are not"), ("decision_type", 0, "99", "columns that there are not"),
    ("num_leaves", 0, "8", "other sizes|another number"), ("cat_boundaries", 0, "5", "follow each other"),
    ("cat_threshold", 0, "-1", "are none"), ("max_feature_idx", 0, "2", "names"), ("num_class", 0, "9", "objective"),
    ("num_tree_per_iteration", 0, "0", "objective"), ("tree_sizes", 0, "9999", "sizes"), ("is_linear", 0, "1", "kind"),
]  # fmt: skip


def with_word(native, field, place, word):
    """The text with one word of a field exchanged, the sizes of trees as the text then needs them."""
    text = native.decode()
    found = re.search(rf"^{field}=(.*)$", text, re.MULTILINE)
    words = found[1].split(" ")
    words[place] = word
    text = text[: found.start(1)] + " ".join(words) + text[found.end(1) :]
    if field != "tree_sizes":
        body = text[text.index("Tree=0") : text.index("end of trees")]
        sizes = [len(part) + 5 for part in body.split("Tree=")[1:]]
        text = re.sub(r"^tree_sizes=.*$", f"tree_sizes={' '.join(map(str, sizes))}", text, flags=re.MULTILINE)
    return text.encode()


@pytest.mark.parametrize(
    ("old", "new"),
    [("num_class=1\n", "num_class=1\nlater=1,2;3\nlater_still\n"), ("is_linear=0\n", "is_linear=0\nlater=7\n")],
)
def test_a_lightgbm_text_may_say_more_than_this_one_does(natives, old, new):
    text = natives["lightgbm"].decode().replace(old, new)
    check_lightgbm(with_word(text.encode(), "num_class", 0, "1"))


@pytest.mark.parametrize(
    "line",
    ["max_feature_idx=99", "=max_feature_idx=99", "max_feature_idx==99", "max_feature_idx", "a=b\rmax_feature_idx=9"],
)
def test_a_lightgbm_text_that_says_a_number_of_columns_twice_is_refused(natives, line):
    with pytest.raises(ValueError, match=r"twice|does not write"):
        check_lightgbm(natives["lightgbm"].replace(b"label_index=0\n", f"label_index=0\n{line}\n".encode()))


@pytest.mark.parametrize(("field", "place", "word", "said"), LIGHTGBM)
def test_a_lightgbm_text_that_leads_out_of_its_arrays_is_refused(natives, field, place, word, said):
    with pytest.raises(ValueError, match=said):
        check_lightgbm(with_word(natives["lightgbm"], field, place, word))


XGBOOST = [
    ("left_children", ">i4", 0, 0, "lead back"), ("right_children", ">i4", 0, 10**6, "lead back or to nodes"),
    ("split_indices", ">i4", 0, 4, "columns that there are not"), ("split_type", "u1", 0, 2, "way that there is not"),
    ("categories", ">i4", 0, 2**30, "categories are none"), ("categories_sizes", ">i8", 0, 10**6, "not all there"),
    ("categories_nodes", ">i4", 0, 10**6, "not those"), ("parents", ">i4", 0, -9, "parents"),
]  # fmt: skip


def with_number(native, name, form, place, value):
    """The bytes with one number of the first typed array of that name exchanged that holds any."""
    for found in re.finditer(rf"L{re.escape(struct.pack('>q', len(name)).decode())}{name}\[\$.#L".encode(), native):
        if native[found.end() : found.end() + 8] != bytes(8):
            at = found.end() + 8 + place * np.dtype(form).itemsize
            word = np.array(value, dtype=form).tobytes()
            return native[:at] + word + native[at + len(word) :]
    raise AssertionError(name)


@pytest.mark.parametrize(("name", "form", "place", "value", "said"), XGBOOST)
def test_an_xgboost_model_that_leads_out_of_its_arrays_is_refused(natives, name, form, place, value, said):
    with pytest.raises(ValueError, match=said):
        check_xgboost(with_number(natives["xgboost"], name, form, place, value))


def test_ubjson_nested_without_end_is_refused_before_it_is_followed():
    with pytest.raises(ValueError, match="nested more than"):
        read_ubjson(b"[#L" + b"".join(struct.pack(">q", 1) + b"[#L" for _ in range(5000)))


def exchanged(native, field, dtype, place, value):
    """The CatBoost bytes with one number of a list of its trees exchanged."""
    trees = Fields.root(native[8:]).table(1)
    found = trees.array(field, np.dtype(dtype))
    at = native.index(found.tobytes()) + place * found.itemsize
    word = np.array(value, dtype=dtype).tobytes()
    return native[:at] + word + native[at + len(word) :]


@pytest.mark.parametrize(("field", "value", "said"), [
    (1, 10**6, "questions"), (1, -1, "questions"), (2, 40, "follow"), (2, 1, "follow"), (3, 7, "follow"),
])  # fmt: skip
def test_a_catboost_model_that_leads_out_of_its_arrays_is_refused(natives, field, value, said):
    with pytest.raises(ValueError, match=said):
        check_catboost(exchanged(natives["catboost"], field, "<i4", 0, value))


def test_statistics_of_categories_whose_look_up_would_never_end_are_refused(natives):
    native = natives["catboost"]
    empty = struct.pack("<q", -1)
    tail = 8 + struct.unpack("<I", native[4:8])[0]
    assert native.count(empty, tail)
    with pytest.raises(ValueError, match="statistics of categories"):
        check_catboost(native[:tail] + native[tail:].replace(empty, struct.pack("<q", 7)))
