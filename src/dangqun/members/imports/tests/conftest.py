"""The clerk of an empty zone, and of one with the clean workbooks in it."""

from __future__ import annotations

import pytest


@pytest.fixture
def clerk(db):
    """The clerk of an empty zone."""
    from dangqun.members.imports.tests import town

    return town.empty_zone()


@pytest.fixture
def branch(clerk):
    """A branch to put members into, as an import of organisations leaves it."""
    from dangqun.members.imports.tests import town

    rows = [
        (1, "恒丰机械有限公司", "", "东园园区", "恒丰机械有限公司党支部"),
        (2, "远达纺织有限公司", "", "东园园区", "远达纺织有限公司党支部"),
    ]
    headings = ("序号", "企业名称", "统一社会信用代码", "所在园区", "所属党组织")
    town.bring("organisations", town.book(rows, headings), clerk)
    return "恒丰机械有限公司党支部"


@pytest.fixture
def desk(clerk, visit):
    """The clerk's browser."""
    return visit(clerk)
