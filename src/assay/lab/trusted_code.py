"""Which sources this user vouches for, from the user's own folder."""

import os
from pathlib import Path

from assay.core.user_folder import user_folder
from assay.user_code.trust import trusted_by


def user_state() -> Path:
    """Where this user's own things lie."""
    return user_folder(os.environ, kind="STATE")


def trusted_here() -> frozenset[str]:
    """Digests of the sources that this user vouches for, as of now."""
    return trusted_by(user_state())
