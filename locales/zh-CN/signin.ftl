# 登录。
identifier-title = 登录
identifier-title-app = 登录 { $app }
identifier-lead = 登录您的 { $brand } 账号
identifier-label = 手机号、邮箱或账号 ID
identifier-first-time = 第一次使用？{ $create }
identifier-create = 创建账号

accounts-title = 选择账号
accounts-title-app = 选择用于 { $app } 的账号
accounts-lead = 以下账号已在此设备上登录。
accounts-another = 使用其他账号

password-title = 输入密码
password-label = 密码
password-show = 显示
password-hide = 隐藏
password-forgot = 忘记密码？
password-use-code = 使用验证码
password-missing = 请输入密码，或者使用验证码。
password-wrong = 密码不对。请重试，或者使用验证码。
password-too-many = 尝试次数太多。请使用验证码，或在 { $time } 之后再输入密码。

again-title = 请确认是您本人
again-lead = 此操作需要重新证明这是您的账号。
again-lead-without-sms = 此操作不能只靠短信：盗用号码的人也能收到短信。
again-code-sms = 发送短信验证码至 { $to }
again-code-email = 发送邮件验证码至 { $to }
again-not-now = 暂不

code-title = 输入验证码
code-label = 6 位验证码
code-lead-sms = 如果 { $to } 可以在这里登录，短信已经发出。
code-lead-email = 如果 { $to } 可以在这里登录，邮件已经发出。
code-lead-account = 如果这个账号可以在这里登录，验证码已经发往它的一个地址。
code-change-number = 更改号码
code-change-address = 更改邮箱
code-change-account = 更改账号
code-works-until = { $time } 前有效，仅限此浏览器。
code-another = 下一个验证码
code-from = { $time } 起
code-now = 现在
code-countdown = （还有 { $left }）
code-left = 今天剩余次数
code-left-of = { $left } / { $all }
code-new = 新验证码
code-use-channel = { $channel ->
    [sms] 用短信
   *[email] 用邮件
}
code-use-password = 使用密码
code-missing = 请输入我们发送的六位数字。
code-wrong = 验证码不对或已过期。您还可以试 { $tries } 次。
code-used-up = 验证码不对或已过期，也不能再试了。请获取新的验证码。
code-too-soon = { $time } 起可以发送下一个验证码。上一个仍然有效。
code-too-soon-for-this = { $time } 起可以发送下一个验证码。上一个用于其他操作，在这里无效。
code-none-left = { $instead ->
    [sms] 这是今天的最后一个验证码。请用短信，或在 { $time } 之后再来。
    [email] 这是今天的最后一个验证码。请用邮件，或在 { $time } 之后再来。
    [password] 这是今天的最后一个验证码。请用密码，或在 { $time } 之后再来。
   *[none] 这是今天的最后一个验证码。请在 { $time } 之后再来。
}
code-did-not-come = 没有收到验证码
code-advice-wait = 短信或邮件可能要等一两分钟。
code-advice-spam = 邮件可能在垃圾邮件文件夹里。
