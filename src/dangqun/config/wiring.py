"""Every reaction across features, one line each."""

from dangqun.kernel.facts import on
from dangqun.ladder import feeds
from dangqun.members import papers as member_papers
from dangqun.members.rules.membership import refuse_while_members_remain
from dangqun.members.rules.offices import lay_down_all
from dangqun.notices import calling
from dangqun.notices import papers as notice_papers
from dangqun.papers.kinds import register

on("orgs.closed", refuse_while_members_remain)
on("orgs.closed", lay_down_all)

for kind in (member_papers.ROSTER, member_papers.BRANCH, notice_papers.NOTICE, notice_papers.RECEIPTS):
    register(kind)
on("notices.published", calling.call_receivers)
on("notices.reminded", calling.call_again)
on("notices.signed", calling.stand_down)
feeds.provide(calling.deadlines)
