"""The text of a notice (a few tags of HTML) as paragraphs for paper: headings, lists, bold, links with their address."""

from __future__ import annotations

from html.parser import HTMLParser

from dangqun.kernel.documents.content import Block, Run

BLOCKS = {"p": "p", "div": "p", "h2": "h1", "h3": "h2", "blockquote": "quote", "li": "item"}
LOOKS = {"strong": "strong", "b": "strong", "em": "strong", "i": "strong", "u": "under", "del": "strike"}
BULLET = "•"


def blocks_of(html: str) -> tuple[Block, ...]:
    """Return the paragraphs of a text; what has no words in it is left out."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.end()
    return tuple(reader.blocks)


class _Reader(HTMLParser):
    """Collects runs until a block begins or ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self.runs: list[Run] = []
        self.open: list[str] = []
        self.looks: list[str] = []
        self.lists: list[int | None] = []
        self.links: list[tuple[str, int]] = []
        self.mark = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a block, a list, a look or a link; break a line."""
        if tag in ("ul", "ol"):
            self.end()
            self.lists.append(0 if tag == "ol" else None)
        elif tag in BLOCKS:
            self.end()
            self.open.append(BLOCKS[tag])
            if tag == "li":
                self.mark = self._mark()
        elif tag == "br":
            self._add("\n")
        elif tag in LOOKS:
            self.looks.append(LOOKS[tag])
        elif tag == "a":
            self.links.append((dict(attrs).get("href") or "", len(self.runs)))

    def handle_endtag(self, tag: str) -> None:
        """End it."""
        if tag in ("ul", "ol"):
            self.end()
            if self.lists:
                self.lists.pop()
        elif tag in BLOCKS:
            self.end()
            if BLOCKS[tag] in self.open:
                del self.open[len(self.open) - 1 - self.open[::-1].index(BLOCKS[tag])]
        elif tag in LOOKS and LOOKS[tag] in self.looks:
            self.looks.remove(LOOKS[tag])
        elif tag == "a" and self.links:
            self._say_address(*self.links.pop())

    def handle_data(self, data: str) -> None:
        """Take the words; line ends of the source are blanks."""
        self._add(data.replace("\n", " "))

    def end(self) -> None:
        """Finish the paragraph that is open, if it says anything."""
        runs, self.runs = _trimmed(self.runs), []
        if not runs:
            return
        kind = self.open[-1] if self.open else "p"
        if kind == "p" and "item" in self.open:
            kind = "item"
        mark, self.mark = (self.mark, "") if kind == "item" else ("", self.mark)
        self.blocks.append(Block(kind, runs, mark, len(self.lists) if kind == "item" else 0))

    def _add(self, text: str) -> None:
        looks = {look: look in self.looks for look in ("strong", "under", "strike")}
        self.runs.append(Run(text, **looks))

    def _say_address(self, href: str, begun: int) -> None:
        words = "".join(run.text for run in self.runs[begun:])
        address = href.removeprefix("mailto:")
        if address and address not in words:
            self._add(f"（{address}）")

    def _mark(self) -> str:
        if not self.lists or self.lists[-1] is None:
            return BULLET
        self.lists[-1] += 1
        return f"{self.lists[-1]}."


def _trimmed(runs: list[Run]) -> tuple[Run, ...]:
    """Return the runs without blanks at both ends of the paragraph; nothing when nothing is left."""
    kept = [run for run in runs if run.text]
    while kept and not kept[0].text.strip():
        kept = kept[1:]
    while kept and not kept[-1].text.strip():
        kept = kept[:-1]
    if kept:
        first, last = kept[0], kept[-1]
        kept[0] = Run(first.text.lstrip(), first.strong, first.under, first.strike)
        last = kept[-1]
        kept[-1] = Run(last.text.rstrip(), last.strong, last.under, last.strike)
    return tuple(kept)
