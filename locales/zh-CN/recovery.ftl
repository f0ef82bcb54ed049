# 忘记密码，以及找回账号。
forgot-title = 设置新密码
forgot-lead = 先用验证码证明账号是您的，然后设置新密码。
forgot-ends = 设置新密码后，除这台设备外全部退出登录，应用需要重新连接，账号上等待中的更改也会停止。
forgot-send = { $channel ->
    [sms] 短信发送验证码
   *[email] 邮件发送验证码
}

recovery-none = 这些方式我都用不了
recovery-title = 找回您的账号
recovery-lead = 接下来怎么做，取决于您还能证明什么。
recovery-mail-title = 您能查看邮箱
recovery-mail-text = 用发往那里的验证码，可以立即设置新密码。
recovery-sms-title = 您的手机号还在
recovery-sms-text = 用发往那里的验证码可以设置新密码：可以立即设置；如果账号还有更安全的方式（邮箱、通行密钥或验证器应用），或者很久没人使用，则需等待 { $hours } 小时。
recovery-password-title = 您记得密码
recovery-password-text = 请用密码和账号的任一地址或账号 ID 登录。然后在“安全”里用新的号码或邮箱替换丢失的那个。
recovery-password-link = 用密码登录
recovery-wait-title = 如果需要等待
recovery-wait-text = 我们会立即通知账号的每个地址。在结束之前，读到任何一条通知的人都可以用其中的链接阻止。如果没有人阻止，您再次验证同一号码或邮箱后，有 { $days } 天时间设置新密码。
recovery-lost-title = 您一样都没有
recovery-lost-text = 如果唯一能证明账号属于您的东西丢失了，谁也无法找回账号，我们也不能。您可以创建一个新账号。

recovery-proved = 您已验证 { $address }。
recovery-new-title = 设置新密码
recovery-new-button = 保存并登录
recovery-another = 用其他方式登录
recovery-unknown-title = 这里没有账号
recovery-unknown-text = { $kind ->
    [phone] 没有账号可以用这个号码打开。它也许属于用其他号码或邮箱登录的账号，或者已从账号中移除。
   *[email] 没有账号可以用这个邮箱打开。它也许属于用其他号码或邮箱登录的账号，或者已从账号中移除。
}
recovery-frozen-title = 更改已停止
recovery-frozen-text = 有人表示对这个账号的一项更改不是本人所为。在 { $time } 之前，任何人都不能更改它的登录方式。
recovery-more-title = 只有短信还不够
recovery-more-stronger = 这个账号有邮箱，它比短信更能证明身份。用发往邮箱的验证码可以立即继续；否则需要等待 { $hours } 小时。
recovery-more-passkey = 这个账号有通行密钥，它比短信更能证明身份。持有它即可立即登录；没有它，则需要等待 { $hours } 小时。
recovery-more-dormant = 这个账号很久没人使用，而手机号会转给别人。所以先询问它的其他地址，为期 { $hours } 小时。
recovery-second-title = 还差一步
recovery-more-second = 这个账号设有验证器应用。用应用中的验证码，或您的一个恢复码，可以立即继续；两者都没有，则需要等待 { $hours } 小时。
recovery-use-second = 使用应用或恢复码
recovery-mail-at-once = 改用邮件发送验证码
recovery-begin = 等待 { $hours } 小时
recovery-waits-title = 等待已开始
recovery-waits-text = 如果没有人阻止，您可以从 { $day } { $time } 起找回账号。账号的每个地址都已收到通知。
recovery-waits-then = { $kind ->
    [phone] 届时请回来，选择“忘记密码？”，再次验证这个号码。您有 { $days } 天时间。
   *[email] 届时请回来，选择“忘记密码？”，再次验证这个邮箱。您有 { $days } 天时间。
}
recovery-waits-stop = 如要取消，请打开其中一条通知里的链接。
recovery-waits-sooner = 如果能用通行密钥或密码登录，或能收到邮件验证码，则无需等待。
recovery-never-title = 只有这个号码还不够
recovery-never-text = 这个账号很久没人使用，而手机号会转给别人：现在持有这个号码的可能是另一个人。账号没有其他地址可以询问。它的密码仍然可以打开它。

password-new-label = 新密码
password-new-hint = 至少 { $least } 个字符，不要用别人知道的关于您的信息。
password-set-title = 设置密码
password-change-title = 更改密码
password-chosen = 您于 { $time } 设置了它。
password-ends = 之后其他设备全部退出登录，其上的应用需要重新连接，账号上等待中的更改也会停止。
password-more = 账号已有密码，而您是用短信证明身份的：盗用号码的人也能收到短信。请用密码或邮件验证码证明。
password-remove-title = 移除密码
password-remove-lead = 之后您用验证码登录。
password-remove-left = 验证码可以发往
password-remove-last = 没有密码，您就无法再登录。请先添加手机号或邮箱。
password-keep = 保留密码
password-remove-button = 移除
security-password-was-set = 您的账号已设置密码，其他设备均已退出登录。
security-password-was-changed = 您的密码已更改，其他设备均已退出登录。
security-password-was-removed = 您的账号不再有密码，其他设备均已退出登录。
