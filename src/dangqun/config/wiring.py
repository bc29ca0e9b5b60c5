"""Every reaction across features, one line each."""

from dangqun.kernel.facts import on
from dangqun.members.rules.membership import refuse_while_members_remain
from dangqun.members.rules.offices import lay_down_all

on("orgs.closed", refuse_while_members_remain)
on("orgs.closed", lay_down_all)
