# 可以使用账号的应用。
apps-lead = 可以使用您账号的应用。不再需要的，请断开。
apps-none = 还没有连接任何应用。
apps-can = 它可以
apps-only-sign-in = 知道是您本人，仅此而已
apps-since = 连接于
apps-last-use = 上次使用
apps-unchecked = 未核实
apps-open = 打开
apps-remove = 断开
apps-removed = { $app } 已断开。
remove-title = 断开 { $app }？
remove-lead = 以后可以重新连接；它会先征求您的同意。
remove-loses = 它将不再可以
remove-note-title = 立即生效
remove-note-text = 从此刻起，这个应用不会再得到新的东西。如果另一个应用不问我们就查验它的通行证，最多还可能接受 { $minutes } 分钟。
remove-keeps = { $app } 已经保存的内容仍在它那里。请让它的制作者删除。
remove-keep = 保持连接
remove-button = 断开
app-claims = 它还能看到
app-claim = { $claim ->
    [name] 您的姓名
    [given_name] 您的名
    [family_name] 您的姓
    [middle_name] 您的中间名
    [nickname] 您的昵称
    [preferred_username] 您喜欢的用户名
    [profile] 您的个人主页网址
    [picture] 您的头像
    [website] 您的网站网址
    [gender] 您的性别
    [birthdate] 您的生日
    [zoneinfo] 您的时区
    [locale] 您的语言
    [updated_at] 您上次更改这些信息的时间
    [email] 您的邮箱
    [email_verified] 您的邮箱是否已验证
    [phone_number] 您的手机号
    [phone_number_verified] 您的手机号是否已验证
    [address] 您的邮寄地址
   *[other] 关于您的其他信息
}
app-maker = 制作者
app-maker-unknown = 没有人核实过
app-host = 通往
app-added = 登记于
app-home = 它的主页
app-policy = 它的隐私政策
app-terms = 它的条款
app-devices = 它在哪里登录
app-devices-none = 目前不在任何设备上。
app-without-device = 由为您担保的机构准入，自行使用
