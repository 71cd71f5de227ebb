"""--monotone on the command line."""

import pytest

from assay.cli.command_options import signs
from assay.core.errors import UsageError


def test_signs_may_be_repeated_or_given_with_commas():
    assert signs(["price=-1,age=+1", "rooms=1"]) == {"price": -1, "age": 1, "rooms": 1}
    assert signs(None) == {}


def test_a_column_may_have_an_equals_sign_in_its_name():
    assert signs(["a=b=-1"]) == {"a=b": -1}


@pytest.mark.parametrize("pair", ["price", "price=", "=1", "price=2", "price=up"])
def test_what_is_no_sign_is_refused_with_an_example(pair):
    with pytest.raises(UsageError, match="For example --monotone price=-1"):
        signs([pair])
