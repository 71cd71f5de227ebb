"""Pipes and devices where a file is expected."""

import os
import socket

import pytest

from assay.core.errors import UsageError
from assay.core.special_files import refuse_special

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")


def test_a_pipe_a_device_and_a_socket_are_called_what_they_are(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    monkeypatch.chdir(tmp_path)  # a socket's path may have some hundred characters
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("socket")
        for name, what in (("pipe", "pipe"), ("link", "pipe"), ("socket", "socket"), ("/dev/zero", "device")):
            with pytest.raises(UsageError, match=f"is a {what}, not a file"):
                refuse_special(tmp_path / name)


def test_files_folders_and_what_is_not_there_are_left_to_their_readers(tmp_path):
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file", tmp_path / "nothing", tmp_path / "x\0y"):
        assert refuse_special(path) is None
