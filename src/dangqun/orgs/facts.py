"""What this room records, in the words of the auditor's screen."""

WORDS = {
    "orgs.opened": "设立组织",
    "orgs.renamed": "组织更名",
    "orgs.moved": "组织调整隶属",
    "orgs.closed": "撤销组织",
    "orgs.enterprise_registered": "登记企业",
    "orgs.enterprise_corrected": "修改企业资料",
    "orgs.enterprise_left": "企业迁出或注销",
    "orgs.covered": "企业纳入支部",
    "orgs.uncovered": "企业退出支部",
    "orgs.zone_opened": "设立片区",
    "orgs.zone_arranged": "调整片区",
    "orgs.zone_given": "片区换委员",
    "orgs.zoned": "支部划入或划出片区",
    "orgs.contact_point": "设立联系点",
    "orgs.contact_point_ended": "结束联系点",
    "orgs.reach_ended": "不再负责片区或联系点",
}
