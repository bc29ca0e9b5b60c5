"""Columns of the three imports, declared once: titles of our templates, the many other headings that offices use (domain.md §4)."""

from __future__ import annotations

from dangqun.kernel.sheets import Column, heading_key

ORGANISATIONS = (
    Column("number", "序号", ("编号", "顺序号"), width=6),
    Column(
        "name",
        "企业名称",
        ("单位名称", "单位名称(全称)", "企业全称", "公司名称", "企业", "法人单位名称"),
        True,
        32,
    ),
    Column(
        "credit_code",
        "统一社会信用代码",
        (
            "社会信用代码",
            "信用代码",
            "法人单位统一社会信用代码",
            "注册号/信用代码",
            "统一信用代码",
            "营业执照号",
        ),
        width=22,
    ),
    Column("park", "所在园区", ("园区", "所属园区", "园区名称", "所在工业园"), True, 12),
    Column(
        "employees",
        "职工人数",
        ("从业人员", "从业人员数", "职工数", "员工人数", "在岗职工人数", "从业人数"),
        width=10,
    ),
    Column("output_cents", "年产值（万元）", ("年产值", "产值", "年营业收入", "年营业收入(万元)"), width=14),
    Column("tax_cents", "年纳税（万元）", ("年纳税", "纳税", "年税收", "年纳税额", "纳税额"), width=14),
    Column(
        "branch",
        "所属党组织",
        ("所属党支部", "党支部", "党组织名称", "党支部名称", "所在党支部", "党组织", "联合支部名称"),
        width=34,
    ),
)
MEMBERS = (
    Column("name", "姓名", ("党员姓名", "名字"), True, 10),
    Column("sex", "性别", width=6),
    Column("ethnicity", "民族", ("族别",), width=8),
    Column(
        "id_number",
        "公民身份号码",
        (
            "身份证号",
            "身份证号码",
            "身份证",
            "公民身份证号",
            "公民身份证号码",
            "公民身份号",
            "身份号码",
            "居民身份证号码",
            "证件号码",
            "证件号",
        ),
        width=22,
    ),
    Column("born_on", "出生日期", ("出生年月", "出生年月日", "出生时间", "生日"), width=12),
    Column("education", "学历", ("文化程度", "最高学历", "学历情况"), width=10),
    Column(
        "state", "人员类别", ("党员类别", "党员类型", "政治面貌", "类别", "正式/预备", "党员身份"), width=12
    ),
    Column(
        "joined_on",
        "加入党组织日期",
        ("入党日期", "入党时间", "入党年月", "加入党组织时间", "加入中共组织日期", "加入中国共产党日期"),
        width=14,
    ),
    Column(
        "full_on",
        "转为正式党员日期",
        ("转正日期", "转正时间", "转为正式党员时间", "转正年月", "转为正式日期"),
        width=16,
    ),
    Column(
        "position",
        "工作岗位",
        ("岗位", "职务", "工作职务", "现任职务", "单位职务", "职业", "工作单位及职务"),
        width=14,
    ),
    Column(
        "mobile",
        "联系电话",
        ("手机号码", "手机号", "手机", "电话", "联系方式", "移动电话", "电话号码"),
        width=14,
    ),
    Column(
        "address", "现居住地", ("家庭住址", "住址", "家庭地址", "现住址", "居住地", "户籍所在地"), width=24
    ),
    Column(
        "enterprise", "所在企业", ("工作单位", "所在单位", "单位", "企业名称", "单位名称", "企业"), width=28
    ),
    Column(
        "branch",
        "所在党支部",
        (
            "所属党支部",
            "党支部",
            "所在党组织",
            "所属党组织",
            "党组织名称",
            "支部名称",
            "所在支部",
            "党组织",
            "党支部名称",
        ),
        True,
        34,
    ),
)
OFFICERS = (
    Column("name", "姓名", ("名字", "联系人", "联系人姓名", "指导员姓名", "党建指导员"), True, 10),
    Column("mobile", "手机号码", ("手机号", "手机", "联系电话", "电话", "联系方式", "电话号码"), width=14),
    Column("post", "职务", ("党内职务", "职务名称", "岗位", "担任职务"), width=14),
    Column("zone", "片区", ("联系片区", "所在片区", "联系片", "负责片区"), width=12),
    Column(
        "branch",
        "党支部",
        ("联系党支部", "所在党支部", "党支部名称", "所属党支部", "支部名称", "党组织名称"),
        width=34,
    ),
    Column("since", "任职日期", ("任职时间", "任职年月", "本届起始", "当选日期"), width=12),
    Column("full_time", "专职/兼职", ("专兼职", "专职或兼职", "类别"), width=10),
    Column(
        "enterprise",
        "企业",
        ("企业名称", "联系企业", "指导企业", "单位名称", "所在企业", "所在单位"),
        width=30,
    ),
)
# The four sheets of the officers' template, with the columns of each under the headings that the office uses.
OFFICER_SHEETS = {
    "综合党委": {"name": "姓名", "post": "职务", "mobile": "手机号码", "zone": "联系片区"},
    "支部班子": {
        "branch": "党支部", "zone": "片区", "post": "职务", "name": "姓名", "mobile": "手机号码", "since": "任职日期",
    },
    "党建指导员": {
        "name": "姓名", "mobile": "手机号码", "full_time": "专职/兼职", "enterprise": "联系企业", "branch": "联系党支部",
    },
    "企业联系人": {"enterprise": "企业名称", "name": "姓名", "post": "职务", "mobile": "手机号码"},
}  # fmt: skip
# Headings that are known and not imported: numbers that follow from others, columns of rooms that come later.
NOT_IMPORTED = [
    "序号", "编号", "年龄", "党龄", "党龄校正值", "备注", "说明", "签名", "照片", "籍贯", "学位", "毕业院校",
    "专业", "参加工作日期", "入党介绍人", "党内职务", "座机", "办公电话", "党籍状态", "党员状态", "失联日期",
    "外出流向", "流入地", "是否困难党员", "困难党员", "是否党务工作者", "第一书记", "姓氏笔画排序",
    "新社会阶层类型", "从事专业技术职务", "是否农民工", "是否失联党员", "是否流动党员", "入党类型", "转正情况",
    "入党时所在支部", "延长预备期时间", "党员所属行业", "工作岗位补充", "党组织编码", "成立日期", "党组织书记",
    "性别", "届次", "任期届满",
]  # fmt: skip


def not_imported() -> dict[str, str]:
    """Return the headings that are passed over without a word, as `find_table` wants learned ones."""
    return {heading_key(heading): "" for heading in NOT_IMPORTED}
