"""What an adapter is given to send."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Letter:
    """Title and link, to whom (empty: the robot's group), and a key that stays the same however often it is tried."""

    title: str
    link: str
    to: str
    key: str

    def __repr__(self) -> str:
        return "<Letter>"

    def text(self, most: int) -> str:
        """Return title and link in at most so many bytes of UTF-8; the title is cut, the link is kept whole."""
        link = f"\n{self.link}" if self.link else ""
        room = most - len(link.encode())
        return f"{cut(self.title, max(0, room))}{link if room > 0 else ''}"


def cut(text: str, most: int) -> str:
    """Return the text cut to so many bytes of UTF-8, never within a character."""
    raw = text.encode()
    if len(raw) <= most:
        return text
    return raw[: max(0, most - 3)].decode("utf-8", "ignore") + ("…" if most >= 3 else "")
