"""Organisations over time, enterprises, grants and the one door to every row.

Words: 综合党委 committee, 园区 park, 党支部 branch (单独 own, 联合 joint, 临时 temporary), 企业 enterprise, 片区 liaison zone,
联系点 contact point, 授权 grant.
Permissions: `orgs.read` (see the tree, branches, enterprises), `orgs.manage` (open, close, move, join enterprises).
"""
