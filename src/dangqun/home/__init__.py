"""待办, overview and search: the only reader of all features.

Words: 待办 to-do, 概览 overview, 找 search.
Permissions: `overview.read`.
"""
