import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from assay.pipeline.machine import cores, free_memory, slowness

AFFINITY = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_cores_are_those_of_the_affinity_without_control_groups(tmp_path: Path) -> None:
    assert cores(tmp_path) == AFFINITY


@pytest.mark.parametrize(
    ("quota", "expected"),
    [("max 100000", AFFINITY), ("150000 100000", 1), ("20000 100000", 1), ("9900000 100000", AFFINITY)],
)
def test_a_quota_of_version_2_cuts_the_cores(tmp_path: Path, quota: str, expected: int) -> None:
    files = {"proc/self/cgroup": "0::/user/job\n", "sys/fs/cgroup/user/job/cpu.max": quota + "\n"}
    assert cores(write(tmp_path, files)) == expected


def test_the_quota_of_a_surrounding_group_counts(tmp_path: Path) -> None:
    files = {
        "proc/self/cgroup": "0::/user/job\n",
        "sys/fs/cgroup/user/job/cpu.max": "max 100000\n",
        "sys/fs/cgroup/user/cpu.max": "100000 100000\n",
    }
    assert cores(write(tmp_path, files)) == 1


def test_a_quota_of_version_1_counts_also_where_the_path_is_the_hosts(tmp_path: Path) -> None:
    files = {
        "proc/self/cgroup": "4:cpu,cpuacct:/docker/abc\n3:memory:/docker/abc\n",
        "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "100000\n",
        "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
    }
    assert cores(write(tmp_path, files)) == 1


def test_free_memory_is_what_the_control_group_leaves(tmp_path: Path) -> None:
    files = {
        "proc/self/cgroup": "0::/job\n",
        "sys/fs/cgroup/job/memory.max": "1000000\n",
        "sys/fs/cgroup/job/memory.current": "400000\n",
        "sys/fs/cgroup/job/memory.stat": "anon 5\ninactive_file 100000\n",
    }
    assert free_memory(write(tmp_path, files)) == 700_000


def test_a_group_that_cannot_be_read_sets_no_limit(tmp_path: Path) -> None:
    root = write(tmp_path, {"proc/self/cgroup": "0::/job\n", "sys/fs/cgroup/job/memory.current": "1\n"})
    (root / "sys/fs/cgroup/job/memory.max").mkdir()
    assert free_memory(root) > 1


def test_free_memory_is_the_machines_without_a_limit(tmp_path: Path) -> None:
    assert free_memory(tmp_path) > 0


HOLDING = """
import psutil
from assay.pipeline.machine import give_memory_back
cells = [bytes(2000) for _ in range(40_000)]
last, held = cells[-1], psutil.Process().memory_info().rss  # the last one keeps the heap from shrinking by itself
del cells
freed = psutil.Process().memory_info().rss
give_memory_back()
print(held, freed, psutil.Process().memory_info().rss)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other allocators hand memory back themselves, or not")
def test_freed_memory_goes_back_to_the_system() -> None:
    said = subprocess.run([sys.executable, "-c", HOLDING], capture_output=True, text=True, check=True).stdout
    held, freed, after = map(int, said.split())
    assert freed > held - 20e6, "without it the allocator keeps what was freed, and this test says nothing"
    assert after < held - 60e6


def test_the_machines_pace_is_a_bounded_ratio() -> None:
    assert 0.25 <= slowness() <= 4.0
