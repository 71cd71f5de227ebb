"""Names of columns in commands: what is printed can be pasted."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.argument import list_argument, listed_names

NAMES = st.text(min_size=1).map(str.strip).filter(lambda name: name and "\0" not in name)


@given(NAMES, st.sampled_from(["", "=category"]))
def test_a_printed_name_comes_back_as_it_was_through_the_shell(name, suffix):
    assert listed_names(shlex.split(list_argument(name, suffix))) == (name + suffix,)


@given(st.lists(NAMES, unique=True))
def test_names_may_be_repeated_or_joined_by_commas(names):
    words = [shlex.split(list_argument(name))[0] for name in names]
    assert listed_names(words) == tuple(names)
    assert listed_names([",".join(words)]) == tuple(names)


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("a,b", ("a", "b")), (" a , b ,,a", ("a", "b")), ('"a,b"', ("a,b",)),
        ('"a,b"=category,c', ("a,b=category", "c")),
        ('q"uote,x', ('q"uote', "x")), ('"open,b', ('"open', "b")),
    ],
)  # fmt: skip
def test_a_comma_divides_names_but_inside_quotation_marks(value, names):
    assert listed_names([value]) == names


def test_plain_names_stay_plain():
    assert [list_argument(name) for name in ("price", "size m2", "a,b")] == ["price", "'size m2'", "'\"a,b\"'"]
