"""The list of labs that this person used on this machine."""

import os

from assay.core.user_folder import user_folder
from assay.journal.lab_list import LabList


def labs_here() -> LabList:
    """The list; none with ASSAY_HISTORY=off. What is wrong with it is said by the commands that show it."""
    off = os.environ.get("ASSAY_HISTORY", "").lower() == "off"
    return LabList() if off else LabList(user_folder(os.environ, kind="STATE") / "labs.json")
