"""What an import learns from a person, so that the next file of the same sender asks nothing twice: columns, names of branches."""

from __future__ import annotations

from dangqun.kernel.sheets import clean_text, heading_key
from dangqun.members.imports.lines import Checked
from dangqun.members.imports.reading import Chosen, Reading
from dangqun.members.imports.scope import Scope, branch_key
from dangqun.orgs.models import Org


def columns_to_learn(guessed: Reading, chosen: Chosen) -> dict[str, str]:
    """Return the headings whose choice differs from the guess, with what was chosen."""
    learned = {}
    for table in guessed.tables:
        picked = chosen.get(table.sheet, {})
        for at, heading in enumerate(table.headings):
            field = picked.get(str(at), "")
            strange = at in guessed.strange.get(table.sheet, [])
            if heading and (strange or field != table.fields.get(at, "")):
                learned[heading_key(heading)[:100]] = field
    return learned


def branch_to_learn(
    reading: Reading, checked: Checked, scope: Scope, at: tuple[str, int]
) -> tuple[str, Org] | None:
    """Return the name written in the file and the branch chosen for it; None when it is a branch's own name, or none."""
    line = next(line for line in checked.lines if (line.sheet, line.number) == at)
    table = next(table for table in reading.tables if table.sheet == at[0])
    column, branch = table.column_of("branch"), line.facts.get("branch")
    source = table.source[at[1] - 1]
    if column is None or column >= len(source) or not isinstance(branch, Org):
        return None
    written = branch_key(clean_text(source[column]))[:100]
    own = {branch_key(org.name) for org in scope.orgs}
    return (written, branch) if written and written not in own else None


def say_what_was_learned(checked: Checked, scope: Scope) -> None:
    """Warn of rows that go to a branch only because somebody chose it before."""
    if not scope.learned:
        return
    for line in checked.lines:
        written, branch = clean_text(line.cells.get("branch")), line.facts.get("branch")
        if written and isinstance(branch, Org) and scope.was_learned(written):
            line.warn("branch_as_before", "branch", f"按上次的选择归到“{branch.short_name}”", "不对请改")
