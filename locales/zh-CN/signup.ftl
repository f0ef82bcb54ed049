# 创建账号。
signup-title = 创建账号
signup-lead = 一个账号，用于 { $brand } 的所有应用。
signup-lead-app = 一个账号，用于 { $app } 和 { $brand } 的所有其他应用。
signup-address-label = 手机号或邮箱
signup-next = 下一步：用验证码证明它是您的。不需要密码。
signup-have-account = 已有账号？{ $signin }
name-label = 您的名字
name-hint = 您允许的应用会看到它。任何名字都可以。
terms-agree-both = 我同意{ $terms }。我们如何处理数据，见{ $privacy }。
terms-agree = 我同意{ $terms }。
terms-agree-plain = 我同意 { $brand } 为我保存一个账号。
terms-link = 条款
privacy-link = 隐私说明
terms-missing = 创建账号前，请先同意条款。

details-title = 就快好了
details-lead = { $address } 是您的。
details-create = 创建账号
details-advice = { $other ->
    [email] 之后请再添加一个邮箱。如果这个手机号是唯一的登录方式，一旦丢失，谁也无法找回账号。
   *[phone] 之后请再添加一个手机号。如果这个邮箱是唯一的登录方式，一旦丢失，谁也无法找回账号。
}
new-password-label = 密码
new-password-hint = 至少 { $least } 个字符。不设密码时，用验证码登录。
