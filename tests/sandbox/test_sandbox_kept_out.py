"""Where files, network and other processes are not held, nothing runs that nobody vouches for."""

import pytest

from assay.core.errors import CodeError
from assay.sandbox.layers import LAYERS, Strength, keep_out
from assay.sandbox.sandbox import Sandbox
from assay.search.code_gate import why_refused
from assay.user_code.runners import SandboxRunner
from assay.user_code.source import CodeSource

SOURCE = "def f():\n    return 1\n"


@pytest.mark.parametrize("layers", [{"language"}, {"language", "limits"}, {"language", "landlock", "limits"}])
def test_a_process_that_holds_too_little_runs_nothing(layers):
    with Sandbox(frozenset(layers), must_keep_out=True) as sandbox, pytest.raises(CodeError) as caught:
        sandbox.call(SOURCE, "f", {})
    assert caught.value.reason == "code/no-sandbox"


def test_a_lab_runs_sources_so():
    runner = SandboxRunner()
    if not keep_out(frozenset(LAYERS) - runner.sandbox.lacking().keys()):
        pytest.skip("this machine holds too little")
    assert runner.call(CodeSource("one", SOURCE), "f", {}).value == 1
    assert runner.sandbox.must_keep_out


def test_the_reading_of_a_source_and_limits_are_no_sandbox():
    weak = Strength(layers=("language", "limits"), holds=("memory", "processes"))
    assert why_refused(weak, required=False) == "this machine has no sandbox that holds files and network"
    without_memory = Strength(layers=("language", "namespaces"), holds=("files", "network", "processes"))
    assert why_refused(without_memory, required=False) == ""
    assert "does not hold: memory" in why_refused(without_memory, required=True)


def test_texts_in_a_set_come_in_one_order_in_every_process():
    source = "def f():\n    return list({'a', 'b', 'c', 'd', 'e', 'f', 'g'})\n"
    orders = set()
    for _ in range(3):
        with Sandbox() as sandbox:
            orders.add(tuple(sandbox.call(source, "f", {}).value))
    assert len(orders) == 1
