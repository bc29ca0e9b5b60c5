"""Sets one PDF in a process of its own, run as a script: source, inputs and answer go through pipes.

typst keeps what it has set for later (25 MB for each roster of 203 names) and cannot be stopped halfway: a server that
set pages within itself would grow until it falls.
"""

from __future__ import annotations

import json
import resource
import sys

import typst

MEMORY = 3 * 1024**3  # bytes of address space; a volume of 2,000 rows takes about 500 MB of it
SECONDS = 60


def main() -> int:
    """Read {folder, source, content, at} as JSON from stdin; write the PDF to stdout."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    asked = json.load(sys.stdin.buffer)
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[asked["fonts"]])
    compiler = typst.Compiler(
        asked["source"],
        root=asked["root"],
        font_paths=fonts,
        ignore_system_fonts=True,
        sys_inputs={"content": json.dumps(asked["content"], ensure_ascii=False)},
    )
    made = compiler.compile(format="pdf", timestamp=asked["at"])
    assert isinstance(made, bytes)
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
