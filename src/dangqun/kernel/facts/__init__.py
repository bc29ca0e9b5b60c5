"""Facts: one audit row for each change, written in the transaction of the change itself, and chained once committed."""

from dangqun.kernel.facts.chain import Head, head, seal_waiting
from dangqun.kernel.facts.recording import Changes, on, record, record_many
from dangqun.kernel.models import Fact

__all__ = ["Changes", "Fact", "Head", "head", "on", "record", "record_many", "seal_waiting"]
