"""Tasks (工作交办): what a directive asks of each branch, by when, and what each did.

Words: 任务 Task, 交办 assign/issue, 接收 accept, 反馈 answer, 退回 send_back, 重新办理 resume, 办结 settle, 移交 hand_over,
催办 remind, 逾期 late, 部署图 map.
Permissions: `tasks.assign` (issue, and whatever the issuing office does), `tasks.answer` (a branch's duty), `tasks.watch` (the
state of branches within reach), `tasks.overdue` (that something is late there: never those above, domain.md §3).
Nothing is sorted or counted by who is late, and no photo is ever asked for.
"""
