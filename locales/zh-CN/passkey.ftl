# 通行密钥：用它登录，以及创建、命名和移除。
or = 或
passkey = 通行密钥
passkey-sign-in = 使用通行密钥登录
passkey-again = 使用通行密钥
passkey-script-fault = 您的浏览器无法使用通行密钥。请重试，或换一种方式。

passkey-failed-title = 这个通行密钥无法使用
passkey-too-late = 已超过五分钟，或页面被使用了两次。请重试。
passkey-unknown = 这里已没有账号使用这个通行密钥。请在保存通行密钥的地方将它删除，并换一种方式登录。
passkey-not-verified = 您的设备没有确认是您本人。请开启屏幕锁定、指纹或 PIN 码后重试。
passkey-copied = 这个通行密钥可能有副本，因此被拒绝。请换一种方式登录，并将它从账号中移除。
passkey-refused = 这个通行密钥无法在此使用。请重试，或换一种方式。
passkey-try-again = 重试
passkey-other-way = 换一种方式

page-passkeys = 通行密钥
passkeys-lead = 用面容、指纹或屏幕锁定登录。无需记忆，虚假页面也无从窃取。
passkeys-off = 通行密钥需要带域名的网址，而此服务器通过数字地址访问。
passkeys-added = 您的通行密钥已就绪。我们已通知此账号的所有地址。
passkeys-added-others = 您的其他设备保持登录。如果有您不认识的设备，请{ $devices }。
passkeys-added-devices = 将它退出
passkeys-renamed = 通行密钥已改名。
passkeys-removed = 通行密钥已移除，其他设备均已退出。
passkeys-none-title = 您还没有通行密钥
passkeys-none-text = 这台设备可以为您保存一个。在大多数手机和浏览器上，您的其他设备也会随之拥有它。
passkeys-more-title = 为每台设备各备一个
passkeys-more-text = 如果丢失一个，另一个仍可让您登录。
passkeys-add = 添加通行密钥
passkey-synced = 在您的设备之间共享
passkey-one-device = 只留在创建它的地方
passkey-created = 创建于 { $time }
passkey-never-used = 尚未使用
passkey-rename = 改名
passkey-remove = 移除
passkey-frozen = 您账号的更改目前已停止，因此无法添加或移除任何内容。

passkey-add-title = 添加通行密钥
passkey-add-lead = 您的设备会要求面容、指纹或屏幕锁定，并创建一把只在这里有效的密钥。
passkey-add-nothing-typed = 无需输入，虚假页面也无从窃取
passkey-add-stays = 您的面容或指纹绝不会离开您的设备
passkey-add-others-stay = 您的其他登录方式保持不变
passkey-add-button = 创建通行密钥
passkey-needs-script = 通行密钥需要 JavaScript，以及支持它的浏览器。
passkey-add-too-late = 已超过五分钟，或页面被使用了两次。没有添加任何内容：请重试。
passkey-add-not-verified = 您的设备没有确认是您本人。请开启屏幕锁定、指纹或 PIN 码后重试。
passkey-add-known = 这台设备的通行密钥已属于一个账号。
passkey-add-too-many = 您的通行密钥数量已达上限。请先移除一个。
passkey-add-refused = 您的设备的回应无法使用。没有添加任何内容：请重试。

passkey-offer-title = 下次，只需面容或指纹
passkey-offer-lead = 通行密钥用您的屏幕锁定登录，几秒钟即可创建。
passkey-offer-then = 随后即可进入 { $app }。
passkey-offer-later = 您也可以以后在账号中创建。

passkey-rename-title = 为通行密钥改名
passkey-rename-lead = 只有您能看到这个名称。
passkey-name-label = 名称

passkey-remove-title = 移除 { $name }？
passkey-remove-lead = 它将不能再用来登录您的账号。
passkey-remove-note-title = 这会使所有其他设备退出
passkey-remove-note-text = 应用也会失去访问权限，必须重新征得您的同意。您在这里保持登录。
passkey-remove-device = 您的设备可能仍会显示这个通行密钥。它已失效，您可以在设备上将其删除。
passkey-remove-keep = 保留
passkey-remove-button = 移除通行密钥
passkey-remove-prove = 换一种方式确认
passkey-remove-last = 这是进入您账号的唯一方式。请先添加另一种。
passkey-remove-too-little = 短信不足以确认此操作，{ $hours ->
    [one] 1 小时
   *[other] { $hours } 小时
}之内新添加的方式也不行。请使用账号中存在更久的通行密钥、密码或电子邮件地址确认。

safeguard-passkey = 通行密钥
safeguard-passkey-missing = 最安全的登录方式
safeguard-passkeys = { $count } 个通行密钥
next-passkey-title = 下一步：添加通行密钥
next-passkey-text = 用面容、指纹或屏幕锁定登录。无需记忆，虚假页面也无从窃取。
next-passkey-button = 添加通行密钥

security-passkeys-manage = 管理通行密钥
security-passkeys-stay = 下面的通行密钥仍可登录您的账号。如果有不属于您的，请将其移除。
password-passkeys-stay = 新密码不影响您的通行密钥。如果其中有不属于您的，请{ $passkeys }。
password-passkeys-look = 将其移除
recovery-passkeys = 这些通行密钥也能打开您的账号
recovery-passkeys-hint = 请勾选已丢失和不属于您的：保存时会将其移除。
recovery-passkey-stays = 登录后可用更强的验证方式移除
