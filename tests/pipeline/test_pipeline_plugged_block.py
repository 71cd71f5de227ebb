"""A kind of block from somebody else's package goes wherever the rows go, from cells to the answers of a bundle."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "add-block.md"
PROGRAM = Path(__file__).with_name("plugged_block_program.py")
Program = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """program(*arguments): Python with these, where the page's block is installed as pip would leave it."""
    code = re.search(r"^```python\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert code is not None
    (tmp_path / "shop_baskets.py").write_text(code[1])
    info = tmp_path / "shop_baskets-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shop-baskets\nVersion: 1.0\n")
    groups = ("[assay.blocks]\nbaskets = shop_baskets", "[assay.encoders]\nitem_counts = shop_baskets")
    (info / "entry_points.txt").write_text("\n".join(groups) + "\n")
    paths = [str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]
    known = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "ASSAY_HISTORY": "off"}

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *arguments], cwd=tmp_path, env=known, capture_output=True, text=True, check=False
        )

    return run


@pytest.mark.slow
def test_a_block_of_a_plug_in_is_stored_mapped_cut_into_folds_fitted_and_read_by_a_bundle(program: Program) -> None:
    done = program("-W", "error", str(PROGRAM))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["is mapped"]
    assert found["taken"] == found["given"]
    assert found["correlation"] > 0.9
    assert found["by row"] == pytest.approx(found["by frame"], abs=1e-9)
    assert found["missing"] == {"basket": found["empty"]}


def test_a_kind_that_nothing_holds_is_refused_with_those_there_are(program: Program) -> None:
    script = "from assay.data.options import TaskOptions\nTaskOptions(target='y', kinds={'a': 'baskets'})"
    said = program("-c", script).stderr
    assert said.rstrip().endswith("The column \"a\" cannot be 'baskets'. Kinds: numeric, category, ordinal, boolean, "
                                  "datetime, text, identifier, constant, group, basket.")  # fmt: skip
