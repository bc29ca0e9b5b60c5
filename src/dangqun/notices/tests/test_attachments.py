"""附件: taken with a draft, kept encrypted, handed out to whoever may open the notice at that moment."""

import io
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from dangqun.kernel import uploads
from dangqun.kernel.facts import Fact
from dangqun.kernel.rules import RuleBroken
from dangqun.notices import rules
from dangqun.notices.models import Attachment, Notice
from dangqun.notices.tests.town import draft, published, typed
from dangqun.orgs.models import Org
from tests.world import ROLES

pytestmark = pytest.mark.django_db
FLOW = ("流程.txt", "先自评，再互评。".encode())


def held(key):
    return (settings.DATA / "files" / "kept" / key[:2] / key).exists()


def sent(*files):
    return [SimpleUploadedFile(name, content) for name, content in files]


def test_a_file_is_kept_encrypted_and_comes_back_as_it_was(world, visit):
    notice = published(world, files=[FLOW])
    kept = notice.attachments.get()
    stored = (settings.DATA / "files" / "kept" / kept.key[:2] / kept.key).read_bytes()
    assert FLOW[1] not in stored and kept.key not in kept.name
    answer = visit(world.user["member"]).get(reverse("attachment", args=(notice.pk, kept.pk)))
    assert answer.content == FLOW[1]
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]


def test_each_role_gets_a_file_exactly_when_it_may_open_the_notice(world, visit):
    notice = published(world, files=[FLOW], orgs=(world.branches["甲"].pk,))
    file = reverse("attachment", args=(notice.pk, notice.attachments.get().pk))
    got = {role for role in ROLES if visit(world.user[role]).get(file).status_code == 200}
    assert got == {"office", "committee_member", "instructor", "secretary", "member"}
    opened = {
        role
        for role in ROLES
        if visit(world.user[role]).get(reverse("notice", args=(notice.pk,))).status_code == 200
    }
    assert got == opened


def test_access_is_asked_again_every_time(world, visit):
    notice = published(world, files=[FLOW], orgs=(world.branches["甲"].pk,))
    file = reverse("attachment", args=(notice.pk, notice.attachments.get().pk))
    visitor = visit(world.user["instructor"])
    assert visitor.get(file).status_code == 200
    world.user["instructor"].contact_points.update(ends_on=timezone.now().date() - timedelta(1))
    world.user["instructor"].grants.update(ends_on=timezone.now().date() - timedelta(1))
    assert visitor.get(file).status_code == 404


def test_a_file_is_not_handed_out_under_another_notice(world, visit):
    mine = published(world, files=[FLOW], orgs=(world.branches["甲"].pk,))
    theirs = published(world, files=[("丙.txt", b"secret")], orgs=(world.branches["丙"].pk,))
    swapped = reverse("attachment", args=(mine.pk, theirs.attachments.get().pk))
    assert visit(world.user["member"]).get(swapped).status_code == 404


def test_the_files_of_a_draft_are_the_authors_alone(world, visit):
    notice = draft(world)
    kept = rules.attach(notice, *FLOW, by=world.user["office"])
    file = reverse("attachment", args=(notice.pk, kept.pk))
    assert [role for role in ROLES if visit(world.user[role]).get(file).status_code == 200] == ["office"]


def test_a_damaged_file_is_told_in_a_sentence(world, visit):
    notice = published(world, files=[FLOW])
    kept = notice.attachments.get()
    place = settings.DATA / "files" / "kept" / kept.key[:2] / kept.key
    *sound, last = place.read_bytes()
    place.write_bytes(bytes([*sound, last ^ 1]))  # any fixed byte would now and then be the right one
    answer = visit(world.user["member"]).get(reverse("attachment", args=(notice.pk, kept.pk)))
    assert answer.status_code == 422 and uploads.GONE in answer.content.decode()


def test_the_same_file_twice_is_one_attachment_and_a_refused_one_is_none(world):
    notice = draft(world)
    one, two = (rules.attach(notice, *FLOW, by=world.user["office"]) for _ in range(2))
    assert one == two and Fact.objects.filter(what="notices.attached").count() == 1
    with pytest.raises(RuleBroken, match="程序文件"):
        rules.attach(notice, "a.exe", b"MZ" + b"\0" * 300, by=world.user["office"])
    assert notice.attachments.count() == 1


def test_there_is_a_most_of_files(world):
    notice = draft(world)
    for number in range(rules.MOST_FILES):
        rules.attach(notice, f"{number}.txt", b"x", by=world.user["office"])
    with pytest.raises(RuleBroken, match=f"最多带 {rules.MOST_FILES} 个"):
        rules.attach(notice, "again.txt", b"y", by=world.user["office"])


def test_removing_a_file_and_discarding_a_draft_delete_the_bytes(world, django_capture_on_commit_callbacks):
    notice = draft(world)
    one = rules.attach(notice, *FLOW, by=world.user["office"])
    two = rules.attach(notice, "另.txt", b"x", by=world.user["office"])
    assert held(one.key) and held(two.key)
    with django_capture_on_commit_callbacks(execute=True):
        rules.detach(one, by=world.user["office"])
    assert not held(one.key) and held(two.key)
    with django_capture_on_commit_callbacks(execute=True):
        rules.discard(notice, by=world.user["office"])
    assert not held(two.key) and not Attachment.objects.exists() and not Notice.objects.exists()


def test_files_of_a_published_notice_stay_as_they_are(world):
    notice = published(world, files=[FLOW])
    stale = notice.attachments.get()
    with pytest.raises(RuleBroken, match="已经发布"):
        rules.detach(stale, by=world.user["office"])
    with pytest.raises(RuleBroken, match="已经发布"):
        rules.attach(notice, "b.txt", b"b", by=world.user["office"])


def test_a_photo_arrives_without_its_place(world):
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    photo = io.BytesIO()
    Image.new("RGB", (40, 20)).save(photo, "JPEG", exif=exif)
    notice = draft(world)
    kept = rules.attach(notice, "会场.jpg", photo.getvalue(), by=world.user["office"])
    assert dict(Image.open(io.BytesIO(uploads.load(kept.key))).getexif()) == {}


# --- the page -------------------------------------------------------------------------------------------------
def test_the_page_says_what_is_taken_and_what_must_not_be_sent(world, visit):
    page = visit(world.user["office"]).get(reverse("notice-new")).content.decode()
    assert "本平台为非涉密平台，严禁处理、传输国家秘密和工作秘密" in page
    assert "EXIF）会去掉" in page and "20 MB" in page


def test_several_files_go_up_with_the_form_and_stay_with_the_draft(world, visit):
    author = visit(world.user["office"])
    answer = author.post(reverse("notice-new"), typed(draft="1", files=sent(FLOW, ("二.txt", b"2"))))
    notice = Notice.objects.get()
    assert answer["Location"] == reverse("notice-edit", args=(notice.pk,))
    assert [each.name for each in notice.attachments.all()] == ["流程.txt", "二.txt"]
    assert "流程.txt" in author.get(answer["Location"]).content.decode()


def test_a_rejected_form_loses_neither_text_nor_the_files_that_are_good(world, visit):
    author = visit(world.user["office"])
    wrong = typed(publish="1", title="", files=sent(FLOW, ("坏.exe", b"MZ" + b"\0" * 300)))
    page = author.post(reverse("notice-new"), wrong).content.decode()
    notice = Notice.objects.get()
    assert notice.state == "draft" and notice.body == "<p>请各支部自查。</p>"
    assert [each.name for each in notice.attachments.all()] == ["流程.txt"]
    for words in ("请写标题", "程序文件", "请各支部自查。", "流程.txt"):
        assert words in page
    everybody = typed(publish="1", orgs=[world.committee.pk])
    again = author.post(reverse("notice-edit", args=(notice.pk,)), everybody)
    assert again["Location"] == reverse("notice-receipts", args=(notice.pk,))
    assert Notice.objects.get().attachments.count() == 1


def test_a_file_is_removed_from_the_form_and_nothing_else_is_lost(world, visit):
    notice = draft(world)
    kept = rules.attach(notice, *FLOW, by=world.user["office"])
    edit = reverse("notice-edit", args=(notice.pk,))
    visit(world.user["office"]).post(edit, typed(title="改过的标题", remove=kept.pk))
    notice.refresh_from_db()
    assert notice.title == "改过的标题" and not notice.attachments.exists()


def test_only_somebody_who_publishes_can_hand_files_in(world, visit):
    assert Org.objects.exists()
    for role in ("member", "instructor", "auditor"):
        answer = visit(world.user[role]).post(reverse("notice-new"), typed(files=sent(FLOW)))
        assert answer.status_code == 404
    assert not Attachment.objects.exists()
