# 发给人的消息。
sms-code = { $code } 是您的 { $brand } 验证码，{ $minutes } 分钟内有效。不要告诉任何人。
mail-code-subject = 您的 { $brand } 验证码
mail-code-title = 您的 { $brand } 验证码
mail-code-lead = { $purpose ->
    [sign-up] 有人（很可能是您）正在用这个地址创建账号。请输入下面的验证码继续：
    [add-address] 有人（很可能是您）正在将这个地址添加到账号。请输入下面的验证码继续：
    [recovery] 有人（很可能是您）正在找回使用这个地址的账号。请输入下面的验证码继续：
    [undo] 有人（很可能是您）想撤销对使用这个地址的账号所作的更改。请输入下面的验证码继续：
   *[sign-in] 有人（很可能是您）正在用这个地址登录。请输入下面的验证码继续：
}
mail-code-works = { $minutes } 分钟内有效，只能用一次，仅限请求它的浏览器。
mail-fact-browser = 请求来自
mail-fact-place = 地点
mail-place-unknown = 不明
mail-was-it-you = 是您吗？
mail-code-was-you = 请在您打开的页面上输入验证码。它的地址以 { $host } 开头。
mail-was-it-not = 不是您？
mail-code-was-not = 那就什么都不用做。没有验证码，谁也进不来。
mail-never-ask = 我们从不通过邮件、短信或电话索要您的密码或验证码。
mail-code-why = 发往 { $to }，因为有人在 { $brand } 的页面上输入了它。
mail-support = 有问题请写信至 { $address }
