"""Addresses of the web and of buckets, which are not read: what to type to have the file here."""

import re
import shlex
from pathlib import Path
from urllib.parse import unquote, urlsplit

from assay.core.errors import UsageError, Where
from assay.core.safe_text import without_secrets

_FETCH = {
    "http": "curl -LO {url}", "https": "curl -LO {url}", "ftp": "curl -O {url}", "ftps": "curl -O {url}",
    "sftp": "curl -O {url}", "s3": "aws s3 cp {url} .", "s3a": "aws s3 cp {url} .", "gs": "gcloud storage cp {url} .",
    "gcs": "gcloud storage cp {url} .", "az": "az storage copy -s {url} -d .", "abfs": "az storage copy -s {url} -d .",
    "abfss": "az storage copy -s {url} -d .", "wasb": "az storage copy -s {url} -d .",
    "wasbs": "az storage copy -s {url} -d .", "adl": "az storage copy -s {url} -d .", "r2": "rclone copy {url} .",
    "hdfs": "hdfs dfs -get {url} .", "hf": "huggingface-cli download {name}", "dbfs": "databricks fs cp {url} .",
    "data": "", "ssh": "scp {url} .", "scp": "scp {url} .",
}  # fmt: skip
"""How the file of an address is fetched, by its scheme."""
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(?://|(?=data))", re.IGNORECASE)


def local_path(source: str) -> Path | None:
    """The path that an address of this machine (file://) names; None for all other texts.

    Raises UsageError for an address of the web or a bucket, with what to type.
    """
    found = _SCHEME.match(source)
    scheme = "" if found is None else found[1].casefold()
    if scheme == "file":
        return Path(unquote(urlsplit(source).path))
    if scheme not in _FETCH:
        return None
    shown, name = without_secrets(source), unquote(urlsplit(source).path.rstrip("/").rpartition("/")[2])
    fetch = _FETCH[scheme].format(url=shlex.quote(shown), name=shlex.quote(shown.partition("//")[2]))
    raise UsageError(
        f"{shown} is an address, and tables are read from files on this machine.", where=Where(file=shown),
        do=tuple(filter(None, (fetch, f"then give the file: {name or 'FILE'}"))),
    )  # fmt: skip
