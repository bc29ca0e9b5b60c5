"""Sign-in, passwords, devices and throttling.

Words: 用户名 username, 登录 sign in, 激活码 activation code (held by `members`), 我的设备 devices, 这不是我 not me.
Permissions: everybody reaches only their own account (`SIGNED_IN`).
"""
