from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.core.array import JsonObject
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.ledger.verify import verify
from each import at_most
from samples.ledger_checks import CHECKS, Check
from samples.memory_ledger import MemoryLedger

bodies = st.dictionaries(
    st.text(),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    ),
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_the_ledger_keeps_the_contract(check: Check, kind: str, tmp_path: Path) -> None:
    check(MemoryLedger if kind == "memory" else lambda: SqliteLedger.open(tmp_path / "a.lab"))


@pytest.mark.slow
@settings(max_examples=at_most(30), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=st.lists(bodies, max_size=5))
def test_both_ledgers_give_back_any_json_and_verify(written: list[JsonObject], tmp_path: Path) -> None:
    memory = MemoryLedger()
    with_file = SqliteLedger.open(tmp_path / f"{len(list(tmp_path.iterdir()))}.lab")
    for ledger in (memory, with_file):
        for body in written:
            ledger.append("note", body)
        records = ledger.records()
        assert ledger.ends((2, 99)) == tuple(one for one in records if one.number in (1, 2, len(records)))
        assert [record.body for record in records] == written
        assert verify(records) == ()
        ledger.close()
