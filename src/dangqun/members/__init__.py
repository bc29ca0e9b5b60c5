"""People and their many faces: Party membership, offices, accounts, the roster and its import.

Words: 党员 Party member, 正式/预备 full/probationary, 党员名册 roster, 任职 office, 书记 secretary, 党建指导员 instructor,
企业联系人 enterprise contact, 激活码 activation code, 导入 import, 减少原因 reason of leaving.
Permissions: `members.read` (list and person, masked), `members.manage` (enter, correct, 转正, move, 减少),
`members.import`, `members.appoint`, `members.activate` (issue activation codes), `staff.enter` (系统管理员), `staff.grant` (安全管理员).
"""
