"""Safe display of untrusted texts: without terminal control and without reversed reading direction."""

import re

_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters but tab and newline, line separators, direction overrides (Trojan Source), and unpaired
surrogates, which no encoding can write and which occur in undecodable file names."""
_SECRETS = (
    re.compile(r"(?P<start>[A-Za-z][\w+.-]*://)[^\s'\"]*@"),
    re.compile(r"(?P<start>(?:password|passwd|pwd|token|secret|api_?key)=)[^&\s'\";]+", re.IGNORECASE),
)


def visible(text: str) -> str:
    """The text with every unsafe character escaped as in JSON: an escape becomes \\u001b."""
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def without_secrets(text: str) -> str:
    """The text without credentials in addresses: postgresql:

    ann:secret@host becomes postgresql:

    …@host.
    """
    for secret, shown in zip(_SECRETS, (r"\g<start>…@", r"\g<start>…"), strict=True):
        text = secret.sub(shown, text)
    return text
