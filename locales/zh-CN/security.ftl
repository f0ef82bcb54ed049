# 如何登录账号：它的地址、等待中的更改，以及通知里的链接所通往的页面。
page-security = 登录与安全
home-all-settings = 全部设置
security-lead = 让您登录的手机号、邮箱、密码和通行密钥。
security-addresses = 手机号和邮箱
security-addresses-none = 还没有手机号或邮箱。
security-since = { $time } 添加
security-main = 主要
security-make-main = 设为主要
security-change = 更改
security-remove = 移除
security-add = 添加手机号或邮箱
security-password-none = 没有密码
security-password-change = 更改密码
security-frozen-until = 在 { $time } 之前，这里的任何内容都不能更改，因为有人表示某项更改不是本人所为。
security-waiting = 等待中的更改
security-waiting-kind = { $kind ->
    [recovery] 向一位未能证明全部信息的人恢复访问
    [open] 一位未能证明全部信息的人可以设置新密码
    [move] 一个手机号将转移到另一个账号
   *[replacement] 一个地址将取代另一个地址
}
security-waiting-due = { $kind ->
    [open] 如果无人阻止，在 { $time } 之前有效
   *[other] 如果无人阻止，将于 { $time } 生效
}
security-waiting-look = 查看

security-added = 地址已添加，从现在起可以用它登录。其他设备均已退出。
security-removed = 地址已移除，其他设备均已退出。
security-changed = 地址已更改，其他设备均已退出。
security-waits = 更改正在等待。您的每个地址都已收到通知，在此之前都可以阻止它。
security-main-chosen = 它现在是主要地址。
security-moves = 这个号码属于一个长期未使用的账号。我们已通知该账号；如果无人反对，等待期过后它就是您的。
security-undone = 更改已撤销，其他设备均已退出。请查看下面的每个地址是否都是您的；如果有人可能知道您的密码，请更改密码。
security-undone-without = 更改已撤销，但旧地址现在属于另一个账号。其他设备均已退出。
security-frozen = 没有任何更改：这个账号的更改已暂停。
security-own = 您的账号已经有这个地址。
security-taken = 这个地址属于另一个账号。请先在那里移除它，或使用其他地址。
security-full = 您的账号已达到地址数量上限。请先移除一个。
security-last = 这是您最后一种登录方式。请先添加另一个。
security-unknown = 您的账号已没有这个地址。

security-add-lead = 有了第二种登录方式，丢了第一种也不会失去账号。
security-code-next = 下一步：用验证码证明它是您的。
security-send-code = 发送验证码
security-code-lead = 验证码正在发往 { $to }。
security-code-leave = { $kind ->
    [phone] 不添加这个号码，继续
   *[email] 不添加这个邮箱，继续
}

security-change-title = { $kind ->
    [phone] 更改手机号
   *[email] 更改邮箱
}
security-change-lead = 新的将取代 { $old }。
security-change-label = { $kind ->
    [phone] 新手机号
   *[email] 新邮箱
}
security-change-ways = 没有旧的也可以更改。如果您能用其他方式证明身份，更改立即生效；否则需等待 { $hours } 小时，期间您的每个地址都可以阻止它。
security-replace-lead = { $new } 是您的。
security-replace-old = 旧
security-replace-new = 新
change-proved = 已验证
security-replace-ends = 其他设备都会退出。旧地址会收到通知，并在一段时间内可以撤销。
security-replace-now = 立即更改
security-keep-old = 保留旧的
security-prove = 证明是您本人
security-more-title = 还需要一项证明
security-more = { $kind ->
    [phone] 要立即生效，请使用密码、邮件验证码，或发往该号码本身的验证码。最近几天添加的还不算。
   *[email] 要立即生效，请使用密码或邮件验证码。仅凭短信不够，最近几天添加的也还不算。
}
security-wait-title = 无法证明更多？
security-wait-text = 那么更改需等待 { $hours } 小时。您的每个地址都会收到通知，并可以阻止它。
security-wait-button = { $hours } 小时后更改

security-remove-title = { $kind ->
    [phone] 移除这个手机号？
   *[email] 移除这个邮箱？
}
security-remove-note-title = 它将不能再用于登录
security-remove-note = 其他设备都会退出。该地址会收到通知，并在 { $hours } 小时内可以撤销。
security-remove-last-title = 这是您最后一种登录方式
security-remove-last = 没有它，谁也无法登录您的账号。请先添加另一个地址。
security-remove-or-change = 如果您无法证明其他任何一项，请改为更改它：等待一段时间后即可。
security-keep = 保留

change-title-replacement = 一个地址即将更改
change-title-recovery = 有人想找回账号
change-title-move = 一个号码即将转移
change-title-stopped = 已阻止
change-title-happened = 一个地址已更改
change-title-frozen = 更改已暂停
change-lead-waits = { $kind ->
    [recovery] { $time }，您账号的访问权将交还给一位未能证明全部信息的人。
    [open] 在 { $time } 之前，一位未能证明全部信息的人可以为您的账号设置新密码。
    [move] { $time }，这个号码将转移到另一个账号，因为现在持有它的人提出了申请。
   *[replacement] { $time }，新地址将取代旧地址。
}
change-lead-stopped = 它不会发生。账号的每个地址都已收到通知。
change-lead-happened = 此更改发生于 { $time }。
change-lead-frozen = 目前任何人都不能更改账号的登录方式。要撤销更改，请证明账号在更改之前属于您。
change-stop = { $kind ->
    [move] 阻止：号码是我的
   *[other] 阻止
}
change-nothing-waits = 如果是您申请的，什么都不用做。
change-happened-ways = 在 { $time } 之前，能证明账号原本属于自己的人可以撤销：用它的密码，或发往它另一个地址的验证码。
change-not-me = 不是我
change-nothing-happened = 如果是您本人，什么都不用做。
change-password-label = 账号更改之前的密码
change-undo = 撤销更改
change-code = { $channel ->
    [sms] 发送短信验证码到账号的另一个手机号
   *[email] 发送邮件验证码到账号的另一个邮箱
}
change-code-hint = 它会发往账号在更改之前就有的地址（如果有的话）。
change-code-lead = 如果账号之前还有另一个地址，验证码正在发往它。
change-other-proof = 用其他方式证明
change-recover-title = 两样都没有？
change-recover-text = 那么您可以申请取回账号。账号的每个地址都会收到通知，并可以阻止，因此需要几天时间。
change-recover-button = 申请取回账号
change-recover-waits = 您已申请取回账号。如果无人阻止，将于 { $time } 生效。
change-to-security = 查看您的登录方式

recycled-title = 这个账号是您的吗？
recycled-lead = 这个号码属于一个很久没有使用的账号。号码会分配给其他人，因此仅凭号码不能打开它。
recycled-mine = 是我的
recycled-password = 它的密码
recycled-address = 它的另一个地址，或它的账号 ID
recycled-address-hint = 我们会要求输入密码，或向那里发送验证码。
recycled-address-button = 改用这个
recycled-not-mine = 不是我的
recycled-new-text = 那么请创建您自己的账号。旧账号的任何内容都不会随号码转移。
recycled-new = 创建新账号
recycled-waits = 一个新账号已申请这个号码，如果无人反对，将于 { $time } 得到它。如果那是您的账号，请继续使用。
recycled-go-on = 继续使用新账号

details-lead-recycled = { $address } 现在在您手中。
details-moves = 这个号码仍属于一个旧账号，我们现在会通知它。如果无人反对，它将于 { $time } 转移到您的账号。在此之前，密码或另一个地址能让您登录账号。

second-title = 只有一种登录方式还不够
second-lead = { $lacks ->
    [phone] 请添加一个手机号，这样即使没有现在的邮箱也能登录。
   *[email] 请添加一个邮箱，这样即使没有现在的号码也能登录。
}
second-warning = 如果丢失唯一的登录方式，谁也无法找回账号，我们也不行。
second-label = { $lacks ->
    [phone] 手机号
   *[email] 邮箱
}
second-hint = 另一个号码或邮箱也可以。下一步：用验证码证明它是您的。
second-send = 发送验证码
second-skip = 以后再说
security-strength = 账号有多安全
strength-weak = 保护程度：弱
strength-weak-text = 目前只有一种登录方式。一旦丢失，谁也无法找回账号。
strength-stolen-text = 您的密码出现在泄露密码名单中，拿到名单的人都可能拿它来尝试登录。
strength-fair = 保护程度：一般
strength-fair-text = 谁拿到您的密码或发给您的验证码，谁就能登录。
strength-good = 保护程度：良好
strength-good-passkey-text = 假冒网页骗不走您的通行密钥，但仅凭密码或验证码仍能登录。
strength-good-two-step-text = 只偷到一样东西登录不了，但假冒网页可能会向您索要两个步骤。
strength-strong = 保护程度：强
strength-strong-text = 只偷到一样东西登录不了，假冒网页也骗不走您的通行密钥。
next-change-title = 下一步：查看一项等待中的更改
next-change-text = 如果不是您要求的，请在那里停止它。
next-stolen-title = 下一步：更换密码
next-stolen-text = 您的密码已在别处泄露。请换一个只在这里使用的密码。
next-stolen-button = 更换密码
next-codes-title = 下一步：生成新的恢复码
next-codes-text = 所剩不多了。手机丢失时，它们能让您登录。
next-codes-button = 生成新的恢复码
