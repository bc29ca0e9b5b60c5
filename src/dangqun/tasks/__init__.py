"""Tasks (工作交办): what a directive asks of each branch, by when, and what each did.

Words: 任务 task, 交办 assign, 接收 accept, 反馈 answer, 办结 settle, 退回 return, 逾期 overdue, 移交 hand over.
"""
