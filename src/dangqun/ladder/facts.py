"""The Chinese words of what this room records."""

WORDS = {
    "ladder.set_up": "设置提醒渠道",
    "ladder.corrected": "修改提醒渠道",
    "ladder.switched_on": "启用提醒渠道",
    "ladder.switched_off": "停用提醒渠道",
    "ladder.tried": "试发提醒渠道",
    "ladder.sent_again": "再试一条提醒",
    "ladder.chosen": "修改自己的提醒方式",
    "ladder.address_code_sent": "给自己填的地址发验证码",
    "ladder.address_code_failed": "地址的验证码没有发出去",
    "ladder.address_code_wrong": "输错地址的验证码",
    "ladder.address_confirmed": "确认自己的提醒地址",
    "ladder.calendar_renewed": "换日历地址",
    "ladder.calendar_withdrawn": "收回日历地址",
}
