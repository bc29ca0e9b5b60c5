"""How fast: a token bucket a robot, quiet hours, the hour of the digest, pauses between tries. Pure functions of a clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from dangqun.kernel.calendars import local, moment

# Minutes between tries: five tries within three hours.
PAUSES = (1, 5, 30, 120)


@dataclass(frozen=True)
class Pace:
    """A bucket that holds `burst` tokens and gets `a_minute` more: at most their sum within any 60 seconds."""

    burst: int
    a_minute: int


# 企业微信 and 钉钉 count 20 a minute and shut a robot up for ten; one is left for clocks that differ (domain.md §5).
ROBOT = Pace(burst=4, a_minute=15)


@dataclass(frozen=True)
class Bucket:
    """How full a bucket was, and when."""

    tokens: float
    at: datetime

    def take(self, pace: Pace, now: datetime) -> Bucket | None:
        """Return the bucket with one token less; None when there is none now."""
        level = self.level(pace, now)
        return Bucket(level - 1, max(now, self.at)) if level >= 1 else None

    def level(self, pace: Pace, now: datetime) -> float:
        """Return how many tokens it holds; a clock that goes back adds nothing."""
        passed = max(0.0, (now - self.at).total_seconds())
        return min(float(pace.burst), self.tokens + passed * pace.a_minute / 60)

    def next_at(self, pace: Pace, now: datetime) -> datetime:
        """Return when there will be a token."""
        missing = max(0.0, 1 - self.level(pace, now))
        return max(now, self.at) + timedelta(seconds=missing * 60 / pace.a_minute)


@dataclass(frozen=True)
class Hours:
    """When somebody is not to be disturbed, judged in Asia/Shanghai; the same time twice: never quiet."""

    quiet_from: time
    quiet_to: time

    def is_quiet(self, at: datetime) -> bool:
        """Whether that moment lies in the quiet hours; their end does not."""
        now = local(at).time().replace(tzinfo=None)
        if self.quiet_from <= self.quiet_to:
            return self.quiet_from <= now < self.quiet_to
        return now >= self.quiet_from or now < self.quiet_to

    def open_at(self, at: datetime) -> datetime:
        """Return that moment, or the end of the quiet hours in which it lies."""
        if not self.is_quiet(at):
            return at
        return next_time(at, self.quiet_to)

    def digest(self, at: datetime, hour: time) -> datetime:
        """Return when the next digest goes: at its hour, or when quiet hours that cover it are over."""
        return self.open_at(next_time(at, hour))


def next_time(at: datetime, hour: time) -> datetime:
    """Return the next moment at which clocks in the office show that time; at that very time, tomorrow's."""
    today = moment(local(at).date(), hour)
    return today if today > at else moment(local(at).date() + timedelta(days=1), hour)


def pause(tries: int) -> timedelta:
    """Return how long to wait after so many tries."""
    return timedelta(minutes=PAUSES[min(tries, len(PAUSES)) - 1])
