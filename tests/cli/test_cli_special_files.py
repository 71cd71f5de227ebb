"""Every argument that names a file answers a pipe or a device in a sentence, and waits for neither."""

import os
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")


@pytest.mark.parametrize("other", ["pipe.py", "/dev/zero"])
@pytest.mark.parametrize(
    "words",
    [
        ["fit", "OTHER", "--target", "late"], ["inspect", "OTHER"], ["inspect", "rows.csv", "--against", "OTHER"],
        ["research", "OTHER", "--target", "late"], ["infer", "OTHER", "--target", "late"],
        ["fit", "rows.csv", "--target", "late", "--valid", "OTHER"],
        ["fit", "rows.csv", "--target", "late", "--unlabelled", "OTHER"],
        ["fit", "rows.csv", "--target", "late", "--dry-run", "--text-model", "OTHER"],
        ["compare", "rows.csv", "OTHER"], ["predict", "post", "OTHER"], ["predict", "OTHER", "rows.csv"],
        ["score", "post", "OTHER"], ["score", "post", "rows.csv", "--leaderboard", "OTHER"],
        ["explain", "post", "--row", "3", "--rows", "OTHER"], ["add", "post", "OTHER"], ["unpack", "OTHER"],
        ["labs", "--memory", "--import", "OTHER"], ["study", "post", "--read", "OTHER"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_is_no_file_is_refused_in_a_sentence(post: Path, say, orders, words: list[str], other: str) -> None:
    os.mkfifo("pipe.py")
    orders(60, 1).drop(columns="price").to_csv("rows.csv", index=False)
    said = say(*(other if word == "OTHER" else word for word in words), code=2)
    assert other in said


def test_a_detached_search_writes_no_log_through_a_link(post: Path, say) -> None:
    Path("mine.txt").write_text("mine")
    (post / "research.log").symlink_to(Path("mine.txt").resolve())
    assert "but a link" in say("research", "post", "--until", "1s", "--detach", code=2)
    assert Path("mine.txt").read_text() == "mine"
