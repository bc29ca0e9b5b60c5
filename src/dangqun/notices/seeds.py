"""Texts that come with the platform to start a notice from (`seeds.toml`): invented, the gaps are plain words."""

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Seed:
    """One text: its name, the title, the body in the habits of plain text (notices.writing)."""

    key: str
    name: str
    title: str
    text: str


def _read() -> dict[str, Seed]:
    found = tomllib.loads(Path(__file__).with_name("seeds.toml").read_text(encoding="utf-8"))["seed"]
    return {each["key"]: Seed(**each) for each in found}


SEEDS = _read()
