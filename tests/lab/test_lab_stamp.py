"""The file a lab was made from, as it is called from here."""

import os

from assay.data.options import TaskOptions
from assay.journal.source_stamp import Stamp, source_of
from assay.lab.lab import Lab


def test_a_lab_knows_its_file_from_every_folder_and_by_name_where_it_is_gone(run, here, monkeypatch):
    run()
    lab, stamp = Lab.open(here / "shop.lab"), Stamp.read(here / "shop.lab")
    assert stamp == Stamp.of("shop.csv", TaskOptions(target="bought"))
    assert source_of(lab.task, stamp) == "shop.csv"
    (here / "below").mkdir()
    monkeypatch.chdir(here / "below")
    assert source_of(lab.task, stamp) == os.path.realpath(here / "shop.csv")
    (here / "shop.csv").unlink()
    assert source_of(lab.task, stamp) == "shop.csv"


def test_a_lab_made_from_a_frame_has_none(run, frame, here):
    run(frame)
    assert Stamp.read(here / "shop.lab") is None
