"""Every reaction across features, one line each."""

from dangqun.accounts.restored import end_every_sign_in
from dangqun.accounts.rules import end_when_nothing_is_held
from dangqun.kernel.facts import on
from dangqun.ladder import feeds, subjects
from dangqun.ladder.own import preference_of
from dangqun.members import own_data
from dangqun.members import papers as member_papers
from dangqun.members.rules.accounts import for_her_person
from dangqun.members.rules.membership import refuse_while_members_remain
from dangqun.members.rules.offices import lay_down_all
from dangqun.notices import calling
from dangqun.notices import papers as notice_papers
from dangqun.notices.beside import providers
from dangqun.notices.own import receipts_of
from dangqun.notices.rules import leave_drafts
from dangqun.papers.kinds import register
from dangqun.tasks.beside import tasks_beside
from dangqun.tasks.own import deadlines, tasks_of
from dangqun.tasks.rules.owners import settle_owners

on("orgs.closed", refuse_while_members_remain)
on("orgs.closed", lay_down_all)
on("backups.restored", end_every_sign_in)
on("orgs.reach_ended", end_when_nothing_is_held)

own_data.provide(receipts_of)
own_data.provide(preference_of)
own_data.provide(tasks_of)
on("notices.published", calling.call_receivers)
on("notices.reminded", calling.call_again)
on("notices.signed", calling.stand_down)
on("notices.signed_for", calling.stand_down)
on("notices.withdrawn", calling.call_off)
on("accounts.roles_changed", leave_drafts)
subjects.provide("notice", calling.judge)
feeds.provide(calling.deadlines)
feeds.provide(deadlines)

for what in ("appointed", "relieved", "moved", "left", "state_changed"):
    on(f"members.{what}", settle_owners)
for what in ("closed", "reopened"):
    on(f"accounts.{what}", for_her_person(leave_drafts))
    on(f"accounts.{what}", for_her_person(settle_owners))

providers.append(tasks_beside)

for kind in (member_papers.ROSTER, member_papers.BRANCH, notice_papers.NOTICE, notice_papers.RECEIPTS):
    register(kind)
