"""A machine's sandbox is called as strong as what held when it was tried; what is lacking is said, not raised."""

import errno
import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import pytest
from sandbox_programs import program, run, without

from assay.sandbox.barriers import strength
from assay.sandbox.layers import BARRIERS, LAYERS, Strength

REPORT = """
import json
from assay.sandbox.barriers import strength
found = strength()
print(json.dumps([found.layers, found.holds, dict(found.lacking), found.is_strong]))
"""
USES = """
from assay.sandbox.sandbox import Sandbox
with Sandbox() as one:
    assert one.call("import numpy as np\\ndef f(x): return np.sum(x)", "f", {"x": [1, 2]}).value == 3
"""


@pytest.fixture(scope="module")
def here() -> Strength:
    return strength()


def needs(here: Strength, *layers: str) -> None:
    if missing := [layer for layer in layers if layer not in here.layers]:
        pytest.skip(f"this machine has no {', '.join(missing)}")


def test_all_layers_hold_every_barrier(here):
    needs(here, *LAYERS)
    assert (here.layers, here.holds, here.lacking, here.is_strong) == (LAYERS, BARRIERS, (), True)
    assert here.text == "language, namespaces, landlock, seccomp, limits"


def test_no_layer_holds_no_barrier():
    none = strength(frozenset())
    assert (none.layers, none.holds, none.is_strong) == ((), (), False)
    assert none.text == "none; does not hold: files, network, processes, memory"


def test_the_reading_of_the_source_is_credited_with_no_barrier():
    assert strength(frozenset({"language"})).holds == ()


@pytest.mark.parametrize(
    ("layer", "holds", "does_not"),
    [
        ("namespaces", {"files", "network"}, {"memory"}), ("landlock", {"files"}, {"network", "memory"}),
        ("seccomp", {"network", "processes"}, {"files", "memory"}), ("limits", {"memory"}, {"files", "network"}),
    ],
)  # fmt: skip
def test_a_layer_alone_is_credited_with_what_it_held(here, layer, holds, does_not):
    needs(here, layer)
    found = strength(frozenset({layer}))
    assert holds <= set(found.holds)
    assert not does_not & set(found.holds)


def test_where_nothing_can_be_started_there_are_no_layers(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    found = strength()
    assert (found.layers, found.holds, found.is_strong) == ((), (), False)
    assert dict(found.lacking) == dict.fromkeys(LAYERS, "The sandbox could not be started: it ended.")


@pytest.mark.parametrize(
    ("calls", "number", "lost"),
    [
        (("unshare",), errno.EPERM, {"namespaces": "unshare: Operation not permitted"}),
        (("landlock_create_ruleset",), errno.ENOSYS, {"landlock": "system call 444: Function not implemented"}),
        (("unshare", "landlock_create_ruleset"), errno.EPERM,
         {"namespaces": "unshare: Operation not permitted", "landlock": "system call 444: Operation not permitted"}),
        (("pivot_root",), errno.EPERM, {"namespaces": None}),
    ],
)  # fmt: skip
def test_a_layer_that_the_system_refuses_is_named_and_the_others_hold_what_they_can(here, calls, number, lost):
    needs(here, *LAYERS)
    layers, holds, lacking, is_strong = json.loads(run(without(calls, number, USES + REPORT)))
    assert set(layers) == set(LAYERS) - set(lost)
    assert lacking.keys() == lost.keys()
    assert all(said is None or lacking[layer] == said for layer, said in lost.items())
    assert is_strong == ("files" in holds) == (set(lost) != {"namespaces", "landlock"})
    assert {"network", "processes", "memory"} <= set(holds)


def test_a_machine_without_libseccomp_says_so(here, tmp_path, monkeypatch):
    needs(here, *LAYERS)
    (tmp_path / "libseccomp.so.2").write_bytes(b"")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    layers, holds, lacking, is_strong = json.loads(run(program(USES + REPORT)))
    assert (set(layers), lacking) == (set(LAYERS) - {"seccomp"}, {"seccomp": "the library libseccomp is not installed"})
    assert is_strong == (set(holds) == set(BARRIERS))
    assert {"files", "network", "memory"} <= set(holds)


def test_packages_in_the_folder_of_temporary_files_are_found_and_behind_links_too(here):
    needs(here, *LAYERS)
    with tempfile.TemporaryDirectory(prefix="assay-") as place:
        real, link = Path(place, "real"), Path(place, "link")
        venv.create(real, with_pip=False, symlinks=True)
        link.symlink_to(real)
        Path(place).chmod(0o755)
        done = subprocess.run(
            [link / "bin" / "python", "-c", program(USES + REPORT)], capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [list(LAYERS), list(BARRIERS), {}, True]
