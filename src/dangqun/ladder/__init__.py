"""The notification ladder: a message goes to the list of 待办 first, then by the channels that the office has set up.

Words: 提醒渠道 channel, 待发 queued, 已交出 handed over, 已送达 delivered, 未成功 failed, 免打扰 quiet hours.
The list of 待办 never fails; every other channel carries title and link only.
"""
