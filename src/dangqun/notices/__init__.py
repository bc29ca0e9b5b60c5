"""Notices that people sign for.

Words: 通知 notice, 签收 sign, 签收情况 receipts, 催办 remind, 截止 deadline, 发布 publish, 附件 attachment, 草稿 draft.
Permissions: `notices.publish` (compose and publish within one's reach), `notices.watch` (see the receipts of branches within reach).
Opening a notice is recorded nowhere; only signing is.
"""
