"""What this room records, in the words of the auditor's screen."""

WORDS = {
    "accounts.opened": "开立账号",
    "accounts.signed_in": "登录",
    "accounts.signed_out": "退出登录",
    "accounts.sign_in_failed": "登录没有成功",
    "accounts.old_password_wrong": "改密码时旧密码不对",
    "accounts.password_set": "设置密码",
    "accounts.code_taken": "用验证码登录",
    "accounts.roles_changed": "权限随任职或党籍变化",
    "accounts.privacy_told": "看过个人信息保护说明",
    "accounts.view_chosen": "改显示方式",
    "accounts.closed": "停用账号",
    "accounts.reopened": "恢复账号",
    "accounts.ways_shut": "原来的密码作废，重新激活",
    "accounts.second_factor_begun": "开始设置验证码",
    "accounts.second_factor_on": "启用验证码",
    "accounts.second_factor_replaced": "更换验证码",
    "accounts.second_factor_wrong": "验证码不对",
    "accounts.second_factor_off": "停用验证码",
    "accounts.recovery_codes_printed": "印备用码",
    "accounts.recovery_code_used": "用了备用码",
}
WHYS = {
    "signed out": "本人退出",
    "password changed": "改了密码",
    "powers ended": "权限已经停止",
    "second factor wanted": "岗位要求先开启验证码",
    "idle": "太久没有操作",
    "ways shut": "原来的密码作废",
    "not me": "本人说“这不是我”",
}
