"""What this room records, in the words of the auditor's screen."""

WORDS = {
    "tasks.drafted": "起草任务",
    "tasks.redrafted": "修改任务草稿",
    "tasks.discarded": "丢弃任务草稿",
    "tasks.attached": "给任务加附件",
    "tasks.detached": "移除任务附件",
    "tasks.issued": "交办任务",
    "tasks.extended": "延长任务期限",
    "tasks.withdrawn": "撤回任务",
    "tasks.reminded": "催办任务",
    "tasks.accepted": "接收任务",
    "tasks.resumed": "重新办理任务",
    "tasks.kept": "存反馈草稿",
    "tasks.file_added": "给反馈加文件",
    "tasks.file_removed": "移除反馈文件",
    "tasks.answered": "反馈任务",
    "tasks.done": "支部办结任务",
    "tasks.sent_back": "退回反馈",
    "tasks.settled": "办结任务",
    "tasks.handed_over": "移交任务",
    "tasks.passed_on": "任务随职务转给接手的人",
}
