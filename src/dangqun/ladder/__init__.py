"""The notification ladder: a message goes to the list of 待办 first, then by the channels that the office has set up.

Words: 提醒渠道 channel, 待发 queued, 已交出 handed over, 已送达 delivered, 未成功 failed, 不再需要 dropped,
免打扰 quiet hours, 每天一次 digest, 提醒方式 preference.
Permissions: channels.manage (the office: it decides where titles of notices go); everybody has her own 提醒方式.

The list of 待办 never fails and never waits for anything here; every other channel carries title and link only.
Rows of the outbox are made in the transaction of what they tell of (`outbox`), the worker sends them (`engine`).
"""
