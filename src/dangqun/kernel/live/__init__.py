"""Live pages: a nudge on commit makes open pages fetch their piece again, through its guarded URL.

A registry topic → sockets, with a bounded queue for each (`registry`, `sockets`); a slow socket is dropped and catches up when it
returns. Other processes reach the hub through `posts`: a Unix socket in the data folder, or Redis when REDIS_URL is set.
"""

from dangqun.kernel.live.registry import hub
from dangqun.kernel.live.telling import close_sockets, nudge, recheck
from dangqun.kernel.live.topics import may_listen, topic

__all__ = ["close_sockets", "hub", "may_listen", "nudge", "recheck", "topic"]
