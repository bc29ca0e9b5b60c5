"""What this room records, in the words of the office."""

WORDS = {
    "backups.made": "做了一份备份",
    "backups.restored": "从备份恢复了平台",
    "keys.rotated": "换了一把密钥",
    "keys.renewed": "用新密钥重新加密完毕",
    "keys.retired": "停用了一把旧密钥",
    "keys.sheet": "做了一张新的恢复单",
}
