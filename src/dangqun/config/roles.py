"""The one dict: role → permissions. What a role may do is read here and nowhere else."""

ROLE_NAMES = {
    "office": "综合党委办公室",
    "committee_member": "党委委员",
    "instructor": "党建指导员",
    "secretary": "支部书记",
    "member": "党员",
    "enterprise_rep": "企业联系人",
    "system_admin": "系统管理员",
    "security_admin": "安全管理员",
    "auditor": "审计员",
}

READS = {"orgs.read", "members.read", "overview.read", "notices.watch"}

ROLES: dict[str, set[str]] = {
    "office": READS
    | {
        "orgs.manage",
        "members.manage",
        "members.import",
        "members.appoint",
        "members.activate",
        "members.reveal",  # telephone and address
        "members.reveal_id",
        "members.export_sensitive",
        "notices.publish",
        "notices.sign_for",  # where a branch has no secretary
        "notices.phone_list",
        "tasks.assign",
        "tasks.watch",
        "channels.manage",
        "workdays.manage",
        "retention.manage",
        "backups.watch",
    },
    "committee_member": READS | {"notices.publish", "tasks.watch"},
    "instructor": READS | {"tasks.watch", "tasks.overdue"},
    "secretary": READS
    | {
        "members.activate",
        "members.reveal",
        "notices.publish",
        "notices.sign_for",
        "notices.phone_list",
        "tasks.answer",
        "tasks.overdue",
    },
    "member": {"orgs.read"},
    "enterprise_rep": {"orgs.read"},
    "system_admin": {"staff.enter", "backups.watch"},
    "security_admin": {"staff.grant"},
    "auditor": {"facts.read", "resets.witness"},
}
