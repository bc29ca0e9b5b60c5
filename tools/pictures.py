"""Take the pictures of the guides and the README anew, from the demo zone and from an empty one: python tools/pictures.py [NAME…]

Phones at 360 px and double density, desks at 1440 px cut to what matters, few colours. Needs Chromium and the tests beside it.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser import ARGUMENTS  # noqa: E402
from tests.ports import DANGQUN, running  # noqa: E402
from tests.second_factor import code_of  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
BOOKS = ROOT / "tests" / "data" / "zone"
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1440, "height": 900}
COLOURS = 128
SETTLED = 400  # ms that a page is given to stop moving
PASSWORD = "海棠花开在连城园区的大门口"  # of accounts that live for a minute

Act = Callable[[Page], Any]


@dataclass(frozen=True)
class Picture:
    """One picture: who opens what, what she does there, and how much of it is shown (`part`, then `height` px of it)."""

    name: str
    role: str
    url: str
    height: int
    act: Act = lambda page: None
    part: str = ""
    desk: bool = False


def follow(title: str) -> Act:
    """Open the first link of that name."""
    return lambda page: page.get_by_role("link", name=title).first.click()


def tick_two(page: Page) -> None:
    """Choose two people to sign for."""
    page.get_by_role("link", name="代签").first.click()
    for box in page.locator("[name=people]").all()[:2]:
        box.check()
    page.get_by_label("怎么告知的").select_option(index=1)


def ask_to_see(page: Page) -> None:
    """Open the reasons under a masked number."""
    page.locator("tbody a").first.click()
    page.get_by_label("查看手机号码").click()
    page.get_by_label("联系本人").check()


def begin_factor(page: Page, password: str) -> None:
    """Go as far as the code that a phone scans."""
    page.get_by_label("现在的密码").fill(password)
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("手机上的 6 位验证码").wait_for()


def half_a_code(page: Page) -> None:
    """Ask for a reset, as the first of two."""
    page.locator("li", has_text="办公室干事").get_by_role("button", name="重设登录").click()


def printing(page: Page) -> None:
    """Open the menu of what can be printed."""
    page.get_by_text("打印、下载").first.click()


def answering(page: Page) -> None:
    """Write a few words of an answer."""
    follow("冬季安全生产隐患自查")(page)
    page.get_by_label("办得怎么样").fill("配电间和仓库查过了，没有发现隐患。")


REVIEW, VISITS = "关于做好 2026 年度民主评议党员", "关于做好元旦走访慰问的通知"
MAIN, LETTER = "main", ".dq-letter"
# fmt: off
FROM_DEMO = (
    Picture("member-activate", "", "/activate/", 520),
    Picture("member-todo", "member", "/", 420),
    Picture("member-corrected", "member", "/", 740, follow(VISITS)),
    Picture("member-me", "member", "/me/", 740),
    Picture("member-looks", "member", "/me/looks/", 740),
    Picture("member-reminders", "member", "/channels/mine/", 740),
    Picture("secretary-todo", "secretary", "/", 740),
    Picture("secretary-task", "secretary", "/", 740, follow("报送民主评议党员的安排")),
    Picture("secretary-answer", "secretary", "/", 1010, answering, LETTER),
    Picture("secretary-receipts", "secretary", "/notices/1/receipts/", 700, follow("看本支部")),
    Picture("secretary-sign-for", "secretary", "/notices/3/receipts/", 800, lambda page: (follow("看本支部")(page), tick_two(page))),
    Picture("secretary-reveal", "secretary", "/people/?q=雷", 800, ask_to_see, "#base-card"),
    Picture("todo", "secretary", "/", 740),
    Picture("notice", "member", "/notices/1/", 740),
    Picture("overview", "office", "/overview/", 900, desk=True),
    Picture("receipts", "office", "/notices/1/receipts/", 900, desk=True),
    Picture("office-map", "office", "/tasks/", 700, follow("报送民主评议党员的安排"), MAIN, desk=True),
    Picture("office-corrected", "office", "/notices/3/", 640, part=LETTER, desk=True),
    Picture("office-print", "office", "/people/", 420, printing, MAIN, desk=True),
    Picture("office-request", "office", "/people/requests/1/", 420, part=MAIN, desk=True),
    Picture("office-channels", "office", "/channels/", 420, part=MAIN, desk=True),
    Picture("office-workdays", "office", "/workdays/", 620, part=MAIN, desk=True),
    Picture("office-reveal", "office", "/people/?q=雷", 480, ask_to_see, MAIN, desk=True),
    Picture("admin-factor", "instructor", "/me/second-factor/", 640, part=MAIN, desk=True),
    Picture("admin-grants", "security_admin", "/grants/", 560, part=MAIN, desk=True),
    Picture("admin-reset", "system_admin", "/staff/", 300, half_a_code, MAIN, desk=True),
    Picture("admin-audit", "auditor", "/audit/?what=notices", 560, part=MAIN, desk=True),
)
# fmt: on


def main(wanted: list[str]) -> int:
    """Take the pictures named, or all."""
    from_demo = [each for each in FROM_DEMO if not wanted or each.name in wanted]
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=shutil.which("chromium"), args=list(ARGUMENTS))
        if from_demo:
            with zone("demo") as (address, accounts):
                held = {each["role"]: each for each in accounts}
                browser = Browser(chromium, address, held)
                for picture in from_demo:
                    browser.take(picture)
        if not wanted or any(name.startswith("import-") for name in wanted):
            with zone("init", "--name", "临江工业园综合党委") as (address, accounts):
                take_imports(Browser(chromium, address, {each["role"]: each for each in accounts}))
        chromium.close()
    print(f"{sum(each.stat().st_size for each in PICTURES.glob('*.png')) // 1024} KB in all")
    return 0


@contextmanager
def zone(*command: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Serve a zone of its own for as long as it is needed: its address and accounts."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        env = os.environ | {"DANGQUN_DATA": folder, "DATABASE_URL": f"sqlite:///{data / 'zone.sqlite3'}"}
        made = [*DANGQUN, *command, "--accounts-json", str(data / "accounts.json")]
        subprocess.run(made, env=env, cwd=ROOT, check=True, capture_output=True)
        with running([*DANGQUN, "serve", "--port"], env) as port:
            yield f"http://127.0.0.1:{port}", json.loads((data / "accounts.json").read_text(encoding="utf-8"))


class Browser:
    """Chromium on one zone, with a window for each role and size."""

    def __init__(self, chromium: Any, address: str, accounts: dict[str, Any]) -> None:
        self.chromium, self.address, self.accounts = chromium, address, accounts
        self.windows: dict[tuple[str, bool], Page] = {}

    def take(self, picture: Picture) -> None:
        """Open the page as its reader has it, and keep the picture."""
        page = self.window(picture.role, picture.desk)
        page.set_viewport_size(
            (DESK if picture.desk else PHONE) | ({} if picture.part else {"height": picture.height})
        )
        page.goto(picture.url)
        picture.act(page)
        if picture.name == "admin-factor":
            begin_factor(page, self.accounts[picture.role]["password"])
        keep(page, picture)

    def window(self, role: str, desk: bool) -> Page:
        """Return the window of a role, signed in."""
        if (role, desk) not in self.windows:
            size, scale = (DESK, 1) if desk else (PHONE, 2)
            context = self.chromium.new_context(
                base_url=self.address, viewport=size, device_scale_factor=scale,
                locale="zh-CN", timezone_id="Asia/Shanghai", bypass_csp=True,
            )  # fmt: skip
            page = context.new_page()
            if role:
                self.sign_in(page, self.accounts[role])
            self.windows[role, desk] = page
        return self.windows[role, desk]

    def sign_in(self, page: Page, account: dict[str, Any]) -> None:
        """Sign in, with a code of the phone where there is one."""
        page.goto("/sign-in/")
        page.get_by_label("用户名").fill(account["username"])
        page.get_by_label("密码").fill(account["password"])
        page.get_by_role("button", name="登录").click()
        if account["totp_secret"]:
            page.get_by_label("验证码").fill(code_of(account["totp_secret"]))
            page.get_by_role("button", name="登录").click()
        page.get_by_role("heading", name="待办").first.wait_for()


def keep(page: Page, picture: Picture) -> None:
    """Cut to the part and keep it in few colours."""
    page.wait_for_load_state()
    page.wait_for_timeout(SETTLED)
    if picture.part:
        page.add_style_tag(content=".dq-appbar, .dq-bottombar, .dq-topbar { position: static !important }")
        page.evaluate("scrollTo(0, 0)")
    box = page.locator(picture.part).first.bounding_box() if picture.part else None
    box = box or {"x": 0, "y": 0, "width": page.viewport_size["width"], "height": picture.height}
    clip = box | {"height": min(picture.height, box["height"])}
    shot = page.screenshot(clip=clip, full_page=bool(picture.part))
    image = Image.open(io.BytesIO(shot)).convert("RGB")
    file = PICTURES / f"{picture.name}.png"
    image.quantize(COLOURS, kmeans=1, dither=Image.Dither.NONE).save(file, optimize=True)
    print(f"{picture.name}: {image.width} x {image.height}, {file.stat().st_size // 1024} KB")


def take_imports(browser: Browser) -> None:
    """Walk through an import in an empty zone: the three steps, the upload, the check of faulty rows, the report."""
    page = browser.window("", True)
    activate(page, browser.accounts["office"])
    page.goto("/people/import/organisations/")
    send(page, BOOKS / "organisations.xlsx")
    store(page)
    page.goto("/people/import/")
    keep(page, Picture("import-start", "", "", 420, part=MAIN))
    page.goto("/people/import/members/")
    page.set_input_files("input[type=file]", BOOKS / "roster.xlsx")
    keep(page, Picture("import-upload", "", "", 520, part=MAIN))
    page.get_by_role("button", name="上传并核对").click()
    page.locator("main .btn-primary", has_text="导入 ").wait_for()
    keep(page, Picture("import-check", "", "", 760, part=MAIN))
    store(page)
    keep(page, Picture("import-report", "", "", 620, part=MAIN))


def activate(page: Page, account: dict[str, Any]) -> None:
    """Open the first account of an empty zone with its code."""
    page.goto("/activate/")
    page.get_by_label("用户名或手机号").fill(account["username"])
    page.get_by_label("激活码").fill(account["code"])
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("新密码").fill(PASSWORD)
    page.get_by_label("再写一遍").fill(PASSWORD)
    page.get_by_label("我看过这份说明").check()
    page.get_by_role("button", name="启用账号").click()
    page.get_by_role("heading", name="待办").first.wait_for()


def send(page: Page, file: Path) -> None:
    """Upload a workbook."""
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="上传并核对").click()


def store(page: Page) -> None:
    """Press the one red button and wait for the report."""
    page.locator("main .btn-primary", has_text="导入 ").click()
    page.get_by_role("heading", name="已导入").first.wait_for()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
