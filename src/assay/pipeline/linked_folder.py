"""The same rows in another folder, for fits that are no experiments of the lab."""

import json
import os
import shutil
from pathlib import Path

from assay.core.array import AnyArray
from assay.core.codec import to_json
from assay.core.task import Task
from assay.pipeline.store import TaskFolder
from assay.pipeline.table_files import save_array


def linked_folder(folder: TaskFolder, path: Path, *, task: Task, numbers: AnyArray) -> TaskFolder:
    """The rows of a folder under another split or another name of the task; files are linked where the system can, else
    copied. numbers: (n, partitions) as in Split; task: with a hash of its own where the split is another."""
    own = TaskFolder.open(path)
    for file in folder.data.iterdir():
        if file.name in ("folds.npy", "task.json") or not file.is_file():
            continue
        try:
            os.link(file, own.data / file.name)
        except OSError:
            shutil.copy(file, own.data / file.name)
    save_array(own.data / "folds.npy", numbers)
    (own.data / "task.json").write_text(json.dumps(to_json(task)))
    return own
