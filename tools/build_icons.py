"""Write src/dangqun/static/icons/icons.svg: one sprite of the Tabler icons in use (MIT). Run: python tools/build_icons.py"""

import re
from pathlib import Path

OUTLINE = """
    affiliate alert-octagon alert-triangle arrow-back bell bell-ringing book building building-community
    building-factory calendar-event check checklist chevron-down chevron-left chevron-right chevron-up
    circle-dashed circle-dot clock clock-exclamation device-desktop device-mobile dots download edit eye-off
    file file-spreadsheet file-text filter flag hand-finger help-circle history home id info-circle key link
    lock login logout map-pin message-report messages minus paperclip plus printer report search send
    settings shield-lock sitemap speakerphone table text-size transfer-in transfer-out trash upload user
    user-check user-exclamation user-plus users wifi-off x
""".split()
FILLED = ["circle-check"]
ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "node_modules/@tabler/icons/icons"


def symbol(name: str, style: str) -> str:
    """Return one icon as a symbol."""
    text = (SOURCE / style / f"{name}.svg").read_text(encoding="utf-8")
    inner = re.search(r"<svg[^>]*>(.*)</svg>", re.sub(r"<!--.*?-->", "", text, flags=re.S), re.S)
    body = re.sub(r"\s*\n\s*", "", inner.group(1))
    paint = (
        'fill="currentColor" stroke="none"'
        if style == "filled"
        else 'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"'
    )
    return f'<symbol id="{name}" viewBox="0 0 24 24" {paint}>{body}</symbol>'


def main() -> None:
    """Write the sprite."""
    symbols = [symbol(name, "outline") for name in sorted(OUTLINE)] + [symbol(name, "filled") for name in FILLED]
    out = ROOT / "src/dangqun/static/icons/icons.svg"
    out.write_text('<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n", encoding="utf-8")


if __name__ == "__main__":
    main()
