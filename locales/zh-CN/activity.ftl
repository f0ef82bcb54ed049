# 账号上发生的事。
activity-lead = 过去一年账号上发生的事，最新的在前。
activity-filter = 显示
activity-all = 全部
activity-topic-sign-ins = 登录
activity-topic-refusals = 被拒绝
activity-topic-changes = 更改
activity-topic-apps = 应用
activity-topic-operator = 客服
activity-none = 过去一年没有发生这类事情。
activity-turn = 更多
activity-newest = 最新
activity-older = 更早
activity-unknown-title = 有不认识的记录？
activity-unknown-text = 请查看您的设备，让不属于您的退出登录，并更改登录方式。
activity-export-title = 下载一份
activity-export-text = 这个列表的全部内容，按现在显示的范围，保存在一个文件里。
activity-export-csv = 用于电子表格（CSV）
activity-export-json = 用于程序（JSON）

activity-an-app = 一个应用
activity-reason = 原因：{ $reason }
activity-method = { $method ->
    [password] 密码
    [sms] 短信验证码
    [code] 验证码
    [passkey] 通行密钥
    [elsewhere] 使用其他服务登录
   *[other] 其他方式
}
activity-change = { $change ->
    [replacement] 用新地址替换另一个地址
    [undo] 找回原来的地址
    [freeze] 停止一切更改
    [recovery] 找回账号
    [move] 手机号转移到另一个账号
   *[deletion] 删除账号
}

activity-created = 账号已创建
activity-signed-in = 已登录
activity-new-device = 在新设备上登录
activity-refused = 未能登录：密码或验证码错误
activity-signed-out = 已退出登录
activity-approved-elsewhere = 您批准了另一个浏览器的登录
activity-refused-elsewhere = 您拒绝了另一个浏览器的登录
activity-password-stolen = 有人输入了您的密码，该密码出现在泄露密码名单中
activity-strange-browser = 一次登录在另一个浏览器中被使用，需要重新证明
activity-signed-out-others = 所有其他设备都已退出登录
activity-app-connected = 已连接 { $app }
activity-app-removed = 已断开 { $app }
activity-address-added = 添加了一个地址
activity-address-removed = 移除了一个地址
activity-address-changed = 更换了一个地址
activity-main-address-chosen = 更换了主要地址
activity-change-undone = 撤销了一项更改
activity-changes-frozen = 更改已暂停一段时间
activity-change-waiting = 申请了一项更改，正在等待
activity-change-cancelled = 取消了一项等待中的更改
activity-password-set = 设置了密码
activity-password-changed = 更改了密码
activity-password-removed = 移除了密码
activity-totp-added = 添加了验证器应用
activity-totp-removed = 移除了验证器应用
activity-recovery-codes-made = 生成了新的恢复码
activity-recovery-code-used = 使用了一个恢复码
activity-two-step-on = 开启了两步登录
activity-two-step-off = 关闭了两步登录
activity-passkey-added = 添加了通行密钥
activity-passkey-renamed = 重命名了通行密钥
activity-passkey-removed = 移除了通行密钥
activity-passkey-copied = 拒绝了复制的通行密钥
activity-upstream-linked = 关联了其他服务的登录
activity-upstream-unlinked = 取消了其他服务登录的关联
activity-recovered = 账号已找回
activity-profile-changed = 更改了个人信息
activity-settings-changed = 更改了设置
activity-opted-in = 开启了消息订阅
activity-opted-out = 关闭了消息订阅
activity-export-asked = 申请了一份数据副本
activity-export-taken = 下载了一份数据副本
activity-operator-looked = 客服查看了账号
activity-operator-locked = 客服锁定了账号
activity-operator-unlocked = 客服解锁了账号
activity-operator-ended-sessions = 客服让所有设备退出登录
