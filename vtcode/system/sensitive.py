"""Which files are likely to hold secrets, by their names. Pure.

Names are compared as the laxest file system would: without case, compatibility forms, characters that HFS+
and case-folding folders of Linux ignore, and trailing dots and blanks.
"""

from __future__ import annotations

import re
import unicodedata
from fnmatch import translate

_SENSITIVE_NAMES = frozenset(
    {
        ".git", ".ssh", ".aws", ".gnupg", ".kube", ".docker", ".azure", ".env", ".envrc", ".netrc",
        ".npmrc", ".pypirc", ".git-credentials", ".htpasswd", ".pgpass", "id_rsa", "id_dsa", "id_ecdsa",
        "id_ed25519",
    }
)  # fmt: skip
_SENSITIVE_PATTERNS = (".env.*", "*.pem", "*.key", "*.p12", "*.pfx", "*.kdbx", "*.keystore")
_SENSITIVE_FORM = re.compile("|".join(translate(pattern) for pattern in _SENSITIVE_PATTERNS))
_HARMLESS_ENV_FILES = frozenset({".env.example", ".env.sample", ".env.template", ".env.dist"})

# Unicode's Default_Ignorable_Code_Point; those that are assigned and of category Cf are found by that.
_IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def is_sensitive(path: str, workspace: str = "") -> bool:
    """Whether `path` is, or lies in, something that is likely to hold secrets.

    A path inside `workspace` is judged by its part below it; examples such as `.env.example` are harmless.
    """
    return any(is_sensitive_name(name) for name in names_below(path, workspace))


def is_sensitive_name(name: str) -> bool:
    """Whether something of this name, without a folder, is likely to hold secrets."""
    plain = folded(name)
    if plain in _HARMLESS_ENV_FILES:
        return False
    return plain in _SENSITIVE_NAMES or _SENSITIVE_FORM.match(plain) is not None


def names_below(path: str, workspace: str) -> list[str]:
    """Return the names that `path` is made of, below `workspace` where it is inside.

    What is on either side of a colon counts as a name too.
    """
    root = workspace.rstrip("/")
    below = path[len(root) :] if f"{path}/".startswith(f"{root}/") else path
    parts = (part for part in below.split("/") if part not in ("", "."))
    # `HEAD:.env` names a file to git.
    return [name for part in parts for name in {part, *part.split(":")}]


def folded(name: str) -> str:
    """Return what a name is compared by."""
    if not name.isascii():  # all else would change nothing, and whole trees of names are looked through
        composed = _IGNORABLE.sub("", unicodedata.normalize("NFKC", name))
        name = "".join(c for c in composed if unicodedata.category(c) != "Cf")
    lower = name.casefold()
    return lower.rstrip(". ") or lower
