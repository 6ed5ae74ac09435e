"""How many attempts to log in are let through."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import deque

WINDOW_S = 600.0
FAILURES_MAX = 10  # of one address within the window: a guesser gets 1,440 a day
FAILURES_MAX_ALL = 200  # of all addresses, for a guesser may have many


class Throttle:
    """Counts attempts to log in that failed or have not ended yet. Safe to use from several threads."""

    def __init__(self) -> None:
        self._attempts: deque[tuple[float, str]] = deque()  # no longer than FAILURES_MAX_ALL
        self._lock = threading.Lock()

    def admit(self, address: str) -> int:
        """Let an attempt through, or not.

        Args:
            address: Where it comes from.

        Returns:
            0, or the seconds after which the next is let through.
        """
        now, network = time.monotonic(), _network(address)
        with self._lock:
            while self._attempts and self._attempts[0][0] <= now - WINDOW_S:
                self._attempts.popleft()
            own = [when for when, other in self._attempts if other == network]
            if len(own) >= FAILURES_MAX:
                return int(own[0] + WINDOW_S - now) + 1
            if len(self._attempts) >= FAILURES_MAX_ALL:
                return int(self._attempts[0][0] + WINDOW_S - now) + 1
            self._attempts.append((now, network))
        return 0

    def forgive(self, address: str) -> None:
        """Take back the last attempt of an address: it succeeded."""
        network = _network(address)
        with self._lock:
            for position in range(len(self._attempts) - 1, -1, -1):
                if self._attempts[position][1] == network:
                    del self._attempts[position]
                    return


def _network(address: str) -> str:
    """Return what one machine cannot change at will: of an IPv6 address its first half."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return address if parsed.version == 4 else str(ipaddress.ip_network((address, 64), strict=False))
