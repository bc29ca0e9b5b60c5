"""The import in real Chromium: a clerk fills an empty zone, gets faulty rows back in her own workbook, and puts them right."""

from __future__ import annotations

import io
import json
import os
import subprocess
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import expect

from dangqun.kernel.identity import check_digit
from tests.browser import axe_violations, sideways
from tests.served import DANGQUN, ROOT, Served, database_in, free_port

ZONES = Path(__file__).resolve().parent / "data"
CLEAN, FAULTY = ZONES / "zone-clean", ZONES / "zone"
FILES = {"organisations": "organisations.xlsx", "members": "roster.xlsx", "officers": "officers.xlsx"}
PHONE, DESK = {"width": 360, "height": 780}, {"width": 1440, "height": 900}
PASSWORD = "liulin-qianlu-2026-xiatian"
SLOW = 30000  # ms; two cores are shared

pytestmark = [pytest.mark.journey, pytest.mark.once]


@pytest.fixture(scope="module")
def zone(tmp_path_factory):
    """An empty zone made by `dangqun init`, served."""
    data = tmp_path_factory.mktemp("empty")
    with database_in(data) as url:
        env = os.environ | {"DANGQUN_DATA": str(data), "DATABASE_URL": url}
        asked = ["init", "--name", "临江工业园综合党委", "--accounts-json", str(data / "first.json")]
        subprocess.run([*DANGQUN, *asked], env=env, cwd=ROOT, check=True, capture_output=True)
        served = Served(data, env, free_port(), None)
        served.start()
        yield served
        served.stop()


@pytest.fixture(scope="module")
def signed_in(zone, chromium):
    """The clerk has activated her account in the browser with the code of `init`; what her browser keeps."""
    first = {each["role"]: each for each in json.loads((zone.data / "first.json").read_text())}["office"]
    context = chromium.new_context(base_url=zone.address, viewport=DESK, locale="zh-CN")
    page = context.new_page()
    page.goto("/activate/")
    page.get_by_label("用户名或手机号").fill(first["username"])
    page.get_by_label("激活码").fill(first["code"])
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("新密码").fill(PASSWORD)
    page.get_by_label("再写一遍").fill(PASSWORD)
    page.get_by_label("我看过这份说明").check()
    page.get_by_role("button", name="启用账号").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("待办", timeout=SLOW)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def clerk(zone, signed_in, chromium):
    """Return a function that opens the clerk's browser, with or without JavaScript."""
    opened = []

    def browser(script=True):
        context = chromium.new_context(
            base_url=zone.address,
            viewport=DESK,
            locale="zh-CN",
            storage_state=signed_in,
            java_script_enabled=script,
        )
        opened.append(context)
        page = context.new_page()
        page.faults = []
        page.on("console", lambda said: page.faults.append(said.text) if said.type == "error" else None)
        return page

    yield browser
    for context in opened:
        context.close()


WORDS = {"organisations": "企业和支部", "members": "党员", "officers": "班子和指导员"}


@pytest.fixture
def desk(clerk):
    """The clerk's browser in a zone that holds the organisations of the faulty workbooks."""
    page = clerk()
    upload(page, "organisations", FAULTY / "organisations.xlsx")
    store(page)
    return page


def upload(page, kind, file):
    """Choose a workbook and send it."""
    page.goto(f"/people/import/{kind}/")
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="上传并核对").click()
    page.wait_for_load_state()


def store(page):
    """Press the one red button."""
    page.locator("main .btn-primary").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("已导入", timeout=SLOW)


def look_closely(page):
    """Ask axe, and whether anything is wider than the screen, at both sizes."""
    faults = list(page.faults)
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        assert axe_violations(page) == [], (page.url, size)
        assert sideways(page) == 0, (page.url, size)
    page.faults[:] = faults  # axe itself writes styles, which the policy of the page forbids


def test_a_clerk_fills_an_empty_zone_with_her_three_workbooks(clerk):
    page = clerk()
    page.goto("/people/import/")
    look_closely(page)
    for kind, button in (("organisations", "导入 51 家企业"), ("members", "导入 203 人"), ("officers", "导入 178 条任职")):  # fmt: skip
        page.get_by_role("link", name=f"导入{WORDS[kind]}").first.click()
        expect(page.locator("main")).to_contain_text("本平台为非涉密平台，严禁处理、传输国家秘密和工作秘密")
        look_closely(page)
        upload(page, kind, CLEAN / FILES[kind])
        expect(page.locator("main .btn-primary")).to_have_text(button, timeout=SLOW)
        look_closely(page)
        store(page)
        look_closely(page)
        page.goto("/people/import/")
    expect(page.locator("main")).to_contain_text("已有51 家企业，34 个党支部")
    expect(page.locator("main")).to_contain_text("已有203 名党员")
    assert page.faults == []


def test_columns_can_be_looked_at_and_changed_before_anything_is_stored(desk):
    page = desk
    upload(page, "members", FAULTY / "roster.xlsx")
    page.get_by_role("link", name="改列的对应").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("对应列")
    look_closely(page)
    page.get_by_role("button", name="记住并核对").click()
    expect(page.locator("main .btn-primary")).to_contain_text("导入 195 人", timeout=SLOW)
    assert page.faults == []


def test_a_row_is_put_right_with_the_keyboard_alone(desk):
    page = desk
    upload(page, "members", FAULTY / "roster.xlsx")
    page.get_by_role("link", name="第 12 行").focus()
    page.keyboard.press("Enter")
    expect(page.locator(":focus")).to_have_attribute("name", "cell-id_number", timeout=SLOW)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_attribute("name", "reason")
    page.keyboard.type("已核对户口本原件")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main .btn-primary")).to_have_text("导入 196 人", timeout=SLOW)
    expect(page.locator(":focus")).to_have_attribute("name", "cell-branch")
    assert page.faults == []


def test_faulty_rows_come_back_marked_in_her_own_workbook_and_only_the_corrected_ones_change(desk):
    page = desk
    upload(page, "members", FAULTY / "roster.xlsx")
    expect(page.locator("main .btn-primary")).to_have_text("导入 195 人", timeout=SLOW)
    look_closely(page)
    with page.expect_download() as coming:
        page.get_by_role("link", name="下载批注过的原表").click()
    book = openpyxl.load_workbook(io.BytesIO(Path(coming.value.path()).read_bytes()))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.comment]
    marked = {f"{cell.parent.title}!{cell.coordinate}" for cell in cells}
    assert marked == {"连城园区!C54", "新楼园区!E26", "新楼园区!B59", "新楼园区!I62", "横埠园区!E12", "横埠园区!N28", "横埠园区!F46", "横埠园区!I66"}  # fmt: skip
    assert len({cell.fill.fgColor.rgb for cell in cells}) == 1 and all(cell.fill.fill_type for cell in cells)
    store(page)
    expect(page.locator(".dq-strip .is-open")).to_contain_text("没有导入")
    page.set_viewport_size(PHONE)
    look_closely(page)
    corrected(book)
    upload(
        page,
        "members",
        {"name": "改好的花名册.xlsx", "mimeType": "application/octet-stream", "buffer": saved(book)},
    )
    expect(page.locator(".dq-strip .is-done")).to_contain_text("新增 8，改动 0，无变化 195", timeout=SLOW)
    store(page)
    expect(page.locator("main tbody tr")).to_have_count(8)
    expect(page.locator("main tbody")).to_contain_text("柏秋阳")
    assert page.faults == []


def corrected(book):
    """Put the eight rows right as a clerk would, by the papers."""
    first, second, third = book["连城园区"], book["新楼园区"], book["横埠园区"]
    first["C54"].value = "男" if int(clean(first["E54"])[16]) % 2 else "女"
    body = clean(second["E26"])[:14] + "97" + clean(second["E26"])[16]
    second["E26"].value = body + check_digit(body)
    second["B59"].value = "柏秋阳"
    second["I62"].value, second["J62"].value = "1985-07-01", "1986-07-01"
    third["E12"].value = clean(third["E12"])[:17] + check_digit(clean(third["E12"])[:17])
    third["N28"].value = third["N27"].value
    third["F46"].value = clean(third["E46"])[6:14]
    third["I66"].value = "1993-05-02"


def clean(cell):
    """Return an ID number without blanks."""
    return str(cell.value).strip()


def saved(book):
    """Return a workbook as a file."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_the_whole_way_works_without_javascript(desk, clerk):
    page = clerk(script=False)
    upload(page, "members", FAULTY / "roster.xlsx")
    page.get_by_role("link", name="第 46 行").click()
    page.get_by_label("把 F46 出生日期改为").fill("1960-12-09")
    page.get_by_role("button", name="改好这一行").click()
    page.get_by_role("link", name="第 28 行").click()
    page.get_by_role("button", name="这一行不导").click()
    expect(page.locator(".dq-strip")).to_contain_text("另有 1 行您选择不导")
    page.get_by_label("有错就一行都不导入").check()
    page.locator("main .btn-primary").click()
    expect(page.locator("main")).to_contain_text("按您的选择一行都没有导入")
    page.get_by_label("有错就一行都不导入").uncheck()
    store(page)
    page.get_by_role("link", name="看没有导入的行").click()
    expect(page.locator("main tbody tr").first).to_be_visible()


def test_back_after_storing_and_a_second_tap_store_nothing_twice(desk):
    page = desk
    upload(page, "organisations", FAULTY / "organisations.xlsx")
    address = page.url
    store(page)
    page.go_back()
    page.wait_for_load_state()
    expect(page.get_by_role("heading", level=1)).to_contain_text("已导入", timeout=SLOW)
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_contain_text("已导入")
    assert page.faults == []
