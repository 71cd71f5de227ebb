"""Addresses of the web and of buckets, which are not read: what to type to have the file here."""

import re
import shlex
from pathlib import Path
from urllib.parse import unquote, urlsplit

from assay.core.errors import UsageError, Where
from assay.core.safe_text import without_secrets

_COMMANDS = {
    "http https": "curl -LO {url}", "ftp ftps sftp": "curl -O {url}", "s3 s3a": "aws s3 cp {url} .",
    "gs gcs": "gcloud storage cp {url} .", "az abfs abfss wasb wasbs adl": "az storage copy -s {url} -d .",
    "r2": "rclone copy {url} .", "hdfs": "hdfs dfs -get {url} .", "hf": "huggingface-cli download {name}",
    "dbfs": "databricks fs cp {url} .", "ssh scp": "scp {url} .",
}  # fmt: skip
_FETCH = {scheme: command for schemes, command in _COMMANDS.items() for scheme in schemes.split()}
"""How the file of an address is fetched, by its scheme."""
_CONTAINER = re.compile(r"(?:abfs|wasb)s?://([^/@:]+)@([^/@:]+)/(.*)", re.IGNORECASE)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)


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
    shown, name = without_secrets(_of_container(source)), unquote(urlsplit(source).path.rstrip("/").rpartition("/")[2])
    fetch = _FETCH[scheme].format(url=shlex.quote(shown), name=shlex.quote(shown.partition("//")[2]))
    raise UsageError(
        f"{shown} is an address, and tables are read from files on this machine.", where=Where(file=shown),
        do=(fetch, f"then give the file: {name or 'FILE'}"),
    )  # fmt: skip


def _of_container(source: str) -> str:
    """An address of Azure's file systems as its own tools take it, the container in the path and not where passwords
    stand; others as they are."""
    found = _CONTAINER.fullmatch(source)
    return source if found is None else f"https://{found[2].replace('.dfs.', '.blob.')}/{found[1]}/{found[3]}"
