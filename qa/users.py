"""Who may use the service: one name and password from the settings, or a file of users with hashed passwords.

The file holds one user a line, `name:hash`, written by `qa user add`. Passwords are hashed with scrypt (RFC 7914).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

from qa.errors import SettingsError
from qa.settings import Settings

PASSWORD_CHARS_MIN = 8
PASSWORD_CHARS_MAX = 1000
NAME_CHARS_MAX = 100

# One of the equal choices that OWASP's cheat sheet on storing passwords gives; it takes 16 MiB and a quarter second.
_COST, _BLOCK, _TURNS = 2**14, 8, 5
_SALT_BYTES, _HASH_BYTES = 16, 32
_MEMORY_BYTES = 64 * 2**20

_NOBODY = f"scrypt${'A' * 22}==${'A' * 43}="  # whom an unknown name is checked against


class Users:
    """The users that the settings name, and their passwords. Safe to use from several threads.

    Args:
        settings: `username` and `password`, `users_file`, or both.

    Raises:
        SettingsError: Only one of name and password is set, or the users file cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        password = settings.password.get_secret_value() if settings.password else ""
        if bool(settings.username) != bool(password):
            there, lacking = ("QA_USERNAME", "QA_PASSWORD") if settings.username else ("QA_PASSWORD", "QA_USERNAME")
            raise SettingsError(f"{there} is set and {lacking} is not. A login needs both, or neither.")
        self._alone = (settings.username, password)
        self._file = settings.users_file
        self._hashing = threading.Lock()  # one at a time: many attempts at once must not take the machine's memory
        if self._file is not None and not read_users(self._file):
            raise SettingsError(f"the users file {self._file} holds no user. Add one: qa user add NAME")

    @property
    def any(self) -> bool:
        """Whether there is anybody, and so a login."""
        return bool(self._alone[0]) or self._file is not None

    def check(self, name: str, password: str) -> bool:
        """Tell whether a name and its password are right. Takes as long for a name that does not exist.

        Raises:
            SettingsError: The users file cannot be read any more.
        """
        if len(name) > NAME_CHARS_MAX or len(password) > PASSWORD_CHARS_MAX:
            return False
        right = bool(self._alone[0]) and _same(name, self._alone[0]) & _same(password, self._alone[1])
        if self._file is None:
            return right
        hashed = read_users(self._file).get(name, _NOBODY)
        with self._hashing:
            return verify_password(password, hashed) or right

    def stamp(self, name: str) -> str | None:
        """Return what changes with a user's password, or None where there is no such user.

        Whoever logged in is logged out when it changes, by a new password or a line taken out of the file.

        Raises:
            SettingsError: The users file cannot be read any more.
        """
        if self._file is not None and (hashed := read_users(self._file).get(name)):
            return hashed
        return "" if self._alone[0] and name == self._alone[0] else None


def hash_password(password: str) -> str:
    """Return the hash of a password with a salt of its own, fit for a line of the users file."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return "$".join(["scrypt", *(base64.b64encode(part).decode() for part in (salt, _scrypt(password, salt)))])


def verify_password(password: str, hashed: str) -> bool:
    """Tell whether a password is the one that was hashed."""
    _, salt, expected = hashed.split("$")
    return hmac.compare_digest(_scrypt(password, base64.b64decode(salt)), base64.b64decode(expected))


def read_users(path: Path) -> Mapping[str, str]:
    """Return the hash of each user's password, by name. Empty lines and those that begin with `#` are passed over.

    Raises:
        SettingsError: The file cannot be read, or a line is no user.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the users file {path} cannot be read: {error}. Make it by: qa user add NAME") from error
    users: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, hashed = line.strip().partition(":")
        if not name or not _is_hash(hashed):
            raise SettingsError(f"line {number} of the users file {path} is no user. Write it by: qa user add NAME")
        users[name] = hashed
    return users


def add_user(path: Path, name: str, password: str) -> bool:
    """Write a user into the users file, or give one who is there another password.

    Args:
        path: The users file; made where it is missing, readable by its owner alone.
        name: The name: printable, without a colon.
        password: At least 8 characters.

    Returns:
        Whether the user is new.

    Raises:
        SettingsError: The name or the password cannot be taken, or the file cannot be written.
    """
    if not name or name != name.strip() or not name.isprintable() or ":" in name or name.startswith("#"):
        raise SettingsError(f"{name!r} cannot be a user's name. Take one of letters and digits, without a colon.")
    if len(name) > NAME_CHARS_MAX:
        raise SettingsError(f"the name has {len(name)} characters; at most {NAME_CHARS_MAX} can be taken.")
    if not PASSWORD_CHARS_MIN <= len(password) <= PASSWORD_CHARS_MAX:
        raise SettingsError(
            f"the password has {len(password)} characters; it needs {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX:,}."
        )
    users = dict(read_users(path)) if path.exists() else {}
    new = name not in users
    users[name] = hash_password(password)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A file of its own that takes the place of the old one, so that no reader sees half of it.
        descriptor, fresh = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(f"{user}:{hashed}\n" for user, hashed in users.items())
        Path(fresh).replace(path)
    except OSError as error:
        raise SettingsError(f"the users file {path} cannot be written: {error}.") from error
    return new


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(
        password.encode("utf-8", "surrogatepass"),
        salt=salt,
        n=_COST,
        r=_BLOCK,
        p=_TURNS,
        maxmem=_MEMORY_BYTES,
        dklen=_HASH_BYTES,
    )


def _is_hash(hashed: str) -> bool:
    method, *parts = hashed.split("$")
    try:
        sizes = [len(base64.b64decode(part, validate=True)) for part in parts]
    except ValueError:
        return False
    return method == "scrypt" and sizes == [_SALT_BYTES, _HASH_BYTES]


def _same(one: str, other: str) -> bool:
    """Compare in a time that does not tell how much of the two agrees, nor how long they are."""
    key = secrets.token_bytes(16)
    digests = (hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=key).digest() for text in (one, other))
    return hmac.compare_digest(*digests)
