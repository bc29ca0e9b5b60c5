"""What this room records, in the words of the auditor's screen."""

WORDS = {
    "notices.drafted": "起草通知",
    "notices.redrafted": "修改通知草稿",
    "notices.discarded": "丢弃通知草稿",
    "notices.attached": "给通知加附件",
    "notices.detached": "移除通知附件",
    "notices.published": "发布通知",
    "notices.scheduled": "定时发布通知",
    "notices.unscheduled": "取消定时发布",
    "notices.held_back": "定时通知没有发出",
    "notices.corrected": "更正通知",
    "notices.correction_noted": "对更正点了“知道了”",
    "notices.withdrawn": "撤回通知",
    "notices.signed": "签收通知",
    "notices.unsigned": "撤销签收",
    "notices.signed_for": "代签通知",
    "notices.unsigned_for": "撤销代签",
    "notices.disowned": "本人说明代签不是自己的意思",
    "notices.reminded": "催办通知",
    "notices.left": "起草人离任，草稿留待接手",
    "notices.taken_over": "接手通知草稿",
    "notices.template_kept": "存通知模板",
    "notices.template_changed": "修改通知模板",
    "notices.template_dropped": "丢弃通知模板",
    "members.phone_listed": "打印电话名单",
}
READS = frozenset({"members.phone_listed"})
