"""What is taken from people, and what is refused with a sentence."""

import io
import threading
import zipfile

import pytest
from django.conf import settings
from PIL import Image

from dangqun.kernel import uploads
from dangqun.kernel.crypto import Tampered
from dangqun.kernel.rules import RuleBroken
from dangqun.kernel.uploads import OLE, accept

pytestmark = pytest.mark.once

TURNED, PLACE = 0x0112, 0x8825


def office(main="word/document.xml", **parts):
    """Return the bytes of a small Office file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", parts.pop("types", "<Types/>"))
        archive.writestr(main, parts.pop("body", "<w/>"))
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), text)
    return out.getvalue()


def old_office(*names):
    return OLE + b"\0" * 600 + b"".join(name.encode("utf-16-le") + b"\0" * 20 for name in names)


def picture(kind="JPEG", size=(40, 20), turned=None, mode="RGB"):
    exif = Image.Exif()
    exif[0x010E] = "住址：连城路 8 号"
    exif.get_ifd(PLACE)[1] = "N"
    if turned:
        exif[TURNED] = turned
    out = io.BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else 0).save(out, kind, exif=exif)
    return out.getvalue()


def test_an_office_file_damaged_on_its_way_is_refused_with_a_sentence():
    whole = office(types="<Types>" + "".join(map(str, range(4000))) + "</Types>")
    assert accept("流程.docx", whole).kind == "docx"
    at = whole.index(b"[Content_Types].xml") + 60
    for damage in (b"\xff" * 8, b"\x07" * 400):
        with pytest.raises(RuleBroken, match="读不出来"):
            accept("流程.docx", whole[:at] + damage + whole[at + len(damage) :])


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("流程.docx", office(), "docx"),
        ("样张.XLSX", office("xl/workbook.xml"), "xlsx"),
        ("课件.pptx", office("ppt/presentation.xml"), "pptx"),
        ("公文.ofd", office("OFD.xml"), "ofd"),
        ("老.doc", old_office("Root Entry", "WordDocument"), "doc"),
        ("老.wps", old_office("Root Entry", "WordDocument"), "wps"),
        ("老.xls", old_office("Root Entry", "Workbook"), "xls"),
        ("通知.pdf", b"%PDF-1.7\n" + b"x" * 300, "pdf"),
        ("照片.jpeg", picture(), "jpg"),
        ("图.png", picture("PNG"), "png"),
        ("说明.txt", "请核对。".encode("gbk"), "txt"),
        ("名单.csv", "姓名\n汪晓燕".encode(), "csv"),
    ],
)
def test_documents_tables_and_pictures_are_taken_for_what_they_are(name, content, kind):
    assert accept(name, content).kind == kind


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("a.docx", b"", "空"),
        ("a.exe", b"MZ" + b"\0" * 300, "程序"),
        ("年报.pdf", b"MZ" + b"\0" * 300, "程序"),
        ("a.docx", b"\x7fELF" + b"\0" * 300, "程序"),
        ("a.bat", b"del *", "程序"),
        ("a.js", b"alert(1)", "程序"),
        ("a.zip", office("readme.md"), "压缩包"),
        ("a.docx", office("readme.md"), "压缩包"),
        ("a.rar", b"Rar!\x1a\x07\x00" + b"\0" * 300, "压缩包"),
        ("a.docm", office(), "宏"),
        ("a.docx", office(word__vbaProject_dot_bin="x"), "宏"),
        ("a.xlsx", office("xl/workbook.xml", xl__macrosheets__sheet1_dot_xml="x"), "宏"),
        ("a.docx", office(word__activeX__activeX1_dot_bin="x"), "控件"),
        ("a.docx", office(types="application/vnd.ms-word.document.macroEnabled.main+xml"), "宏"),
        ("a.doc", old_office("WordDocument", "_VBA_PROJECT"), "宏"),
        ("a.docx", old_office("EncryptedPackage"), "密码"),
        ("a.doc", old_office("Root Entry"), "不能接收这种文件"),
        ("a.docx", office(body="<!DOCTYPE x [<!ENTITY a 'ha'>]>"), "太大"),
        ("a.docx", b"PK\x03\x04" + b"\0" * 300, "存完整"),
        ("a.pdf", b"hello", "存完整"),
        ("a.pdf", office(), "内容其实是 DOCX"),
        ("a.docx", b"%PDF-1.7\n" + b"x" * 300, "内容其实是 PDF"),
        ("a.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 300, "存完整"),
        ("a.gif", b"GIF89a" + b"\0" * 300, "JPG 或 PNG"),
        ("a.svg", b"<svg onload='x()'/>", "JPG 或 PNG"),
        ("a.heic", b"\0\0\0\x18ftypheic" + b"\0" * 300, "JPG 或 PNG"),
        ("a.html", b"<html><script>x()</script>", "不能接收这种文件"),
        ("a.txt", b"\0\1\2", "存完整"),
        ("a", b"\0\1\2", "不能接收这种文件"),
    ],
)
def test_what_could_hurt_or_is_not_what_it_says_is_refused_with_a_way_on(name, content, word):
    with pytest.raises(RuleBroken) as refused:
        accept(name, content)
    assert word in refused.value.sentence
    assert "请" in refused.value.sentence or "可以传" in refused.value.sentence


def test_a_bomb_is_refused_before_it_is_opened():
    with pytest.raises(RuleBroken, match="展开后太大"):
        accept("a.docx", office(word__media__a_dot_bmp=b"\0" * 40_000_000))


def test_a_file_over_the_limit_is_refused_with_the_limit():
    with pytest.raises(RuleBroken, match=f"{settings.UPLOAD_LIMIT // 1024 // 1024} MB"):
        accept("a.pdf", b"%PDF-" + b"x" * settings.UPLOAD_LIMIT)


def test_a_picture_with_more_points_than_anybody_needs_is_refused(monkeypatch):
    monkeypatch.setattr(uploads, "MAX_PIXELS", 700)
    with pytest.raises(RuleBroken, match="尺寸太大"):
        accept("a.jpg", picture())


@pytest.mark.parametrize(("kind", "name"), [("JPEG", "a.jpg"), ("PNG", "a.png"), ("WEBP", "a.webp")])
def test_a_picture_loses_its_exif_and_stays_upright(kind, name):
    sent = picture(kind, (40, 20), turned=6)
    assert Image.open(io.BytesIO(sent)).getexif()[TURNED] == 6
    kept = Image.open(io.BytesIO(accept(name, sent).content))
    assert kept.size == (20, 40)
    assert dict(kept.getexif()) == {}
    assert "连城路".encode() not in accept(name, sent).content


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\tmp\\通知.docx", "通知.docx"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("\x00\n", "附件"),
        ("长" * 300 + ".docx", "长" * 88 + ".docx"),
    ],
)
def test_a_name_keeps_no_folder_and_no_trick(given, kept):
    assert uploads.plain_name(given) == kept


def test_what_is_kept_is_encrypted_under_a_random_key_and_bound_to_it():
    secret = "内部资料".encode() * 20
    one, two = uploads.store(secret), uploads.store(secret)
    assert one != two and uploads.load(one) == secret
    files = settings.DATA / "files" / "kept"
    held = (files / one[:2] / one).read_bytes()
    assert secret not in held and (files / one[:2] / one).stat().st_mode & 0o077 == 0
    (files / two[:2] / two).write_bytes(held)
    with pytest.raises(Tampered):
        uploads.load(two)


def test_what_is_dropped_is_gone_and_a_made_up_key_finds_nothing():
    key = uploads.store(b"x")
    uploads.drop(key)
    for wanted in (key, "../secret_key", ""):
        with pytest.raises(FileNotFoundError):
            uploads.load(wanted)


def test_a_download_is_never_shown_or_run_inside_our_pages():
    reply = uploads.answer("通知\r\nX: y.pdf", "pdf", b"%PDF-")
    assert reply["Content-Disposition"].startswith("attachment;")
    assert "\r" not in reply["Content-Disposition"]
    assert reply["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in reply["Content-Security-Policy"]
    assert "no-store" in reply["Cache-Control"]


def test_pictures_are_unpacked_one_at_a_time():
    taken = []
    other = threading.Thread(target=lambda: taken.append(accept("图.png", picture("PNG"))))
    with uploads._one_picture:
        other.start()
        other.join(0.3)
        assert other.is_alive() and not taken
    other.join(20)
    assert taken[0].kind == "png"
