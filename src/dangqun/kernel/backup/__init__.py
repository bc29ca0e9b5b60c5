"""Backup and restore: one encrypted file, made while people work, opened by a code that stands on paper alone.

recovery sheet 恢复单, recovery code 恢复码, backup 备份, test restore 试恢复, nightly 自动备份.

`codes` what people type · `sheets` the printed sheet, and the public half that stays here · `sealing` the encrypted stream ·
`parts` what lies in it · `tables` rows that fit SQLite and PostgreSQL · `snapshot`, `making` writing · `checking`, `restoring`
reading · `nightly` by itself. Knows no table by name: what a database holds is read from its models.
"""
