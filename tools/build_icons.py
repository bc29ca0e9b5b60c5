"""Write static/icons/icons.svg, one sprite of the Tabler icons in use (MIT): python tools/build_icons.py"""

import re
from pathlib import Path

OUTLINE = """
    affiliate alert-octagon alert-triangle arrow-back bell bell-ringing book building building-community
    building-factory bulb calendar-event calendar-time check checklist chevron-down chevron-left
    chevron-right chevron-up circle-dashed circle-dot circle-plus clock clock-exclamation device-desktop
    device-mobile device-mobile-off dots dots-vertical download edit external-link eye eye-off file
    file-check file-spreadsheet file-text file-type-doc file-type-pdf filter flag hand-finger help-circle
    history home hourglass-low id info-circle key link list-numbers lock login logout map-pin message-report
    messages minus paperclip phone photo pin plus printer refresh report scale search selector send settings
    shield-lock sitemap speakerphone table text-size transfer-in transfer-out trash upload user user-check
    user-exclamation user-plus users users-minus volume wifi-off x
""".split()  # noqa: SIM905
FILLED = ["circle-check", "point"]  # 已签收 and 实时, the only two
ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "node_modules/@tabler/icons/icons"


def symbol(name: str, style: str) -> str:
    """Return one icon as a symbol; an outline takes its stroke from `.icon` in base.css."""
    text = (SOURCE / style / f"{name}.svg").read_text(encoding="utf-8")
    inner = re.search(r"<svg[^>]*>(.*)</svg>", re.sub(r"<!--.*?-->", "", text, flags=re.S), re.S)
    body = re.sub(r"\s*\n\s*", "", inner.group(1))
    body = body.replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" />', "")
    paint = ' fill="currentColor" stroke="none"' if style == "filled" else ""
    return f'<symbol id="{name}" viewBox="0 0 24 24"{paint}>{body}</symbol>'


def main() -> None:
    """Write the sprite."""
    symbols = [symbol(name, "outline") for name in sorted(OUTLINE)] + [
        symbol(name, "filled") for name in FILLED
    ]
    out = ROOT / "src/dangqun/static/icons/icons.svg"
    out.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
