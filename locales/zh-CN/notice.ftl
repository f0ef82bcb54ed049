# 账号通知。
notice-new-device-title = 您的账号有新的登录
notice-new-device-text = 您的账号在一台新设备上登录了。如果是您本人，无需任何操作；如果不是，请将其退出。
notice-address-added-title = 您的账号添加了新地址
notice-address-added-text = 现在可以用 { $subject } 登录您的账号。如果不是您添加的，请立即查看您的账号。
notice-address-removed-title = 您的账号移除了一个地址
notice-address-removed-text = { $subject } 不能再用来登录您的账号。如果不是您移除的，请立即查看您的账号。
notice-address-replaced-title = 您账号的一个地址已更改
notice-address-replaced-text = { $subject } 已取代您账号的另一个地址。如果不是您更改的，请立即查看您的账号。
notice-address-was-yours-title = 这个地址已不再属于您的账号
notice-address-was-yours-text = 这个地址已从您的账号移除，或被另一个地址取代。如果不是您本人操作，可在 { $until } 之前阻止。
notice-replacement-waiting-title = 您账号的一个地址即将更改
notice-replacement-waiting-text = 有人要求从 { $until } 起将 { $subject } 用于您的账号。如果不是您本人，请阻止。
notice-change-cancelled-title = 对您账号的更改已被阻止
notice-change-cancelled-text = 原定对您账号的更改不会发生。
notice-change-undone-title = 对您账号的更改已撤销
notice-change-undone-text = 您的账号恢复使用 { $subject }，其他设备均已退出。
notice-changes-frozen-title = 您的账号已停止更改
notice-changes-frozen-text = 在 { $until } 之前，任何人都不能更改您账号的登录方式。
notice-password-set-title = 您的账号已设置密码
notice-password-set-text = 您的账号设置了密码。如果不是您本人，请立即查看您的账号。
notice-password-changed-title = 您的密码已更改
notice-password-changed-text = 您账号的密码已更改。如果不是您本人，请立即查看您的账号。
notice-password-removed-title = 您的密码已移除
notice-password-removed-text = 您的账号不再有密码。如果不是您本人，请立即查看您的账号。
notice-passkey-added-title = 您的账号添加了一个通行密钥
notice-passkey-added-text = 已创建一个可登录您账号的通行密钥。如果不是您本人，请立即移除。
notice-passkey-removed-title = 您的账号移除了一个通行密钥
notice-passkey-removed-text = 您账号的一个通行密钥已移除，其他设备均已退出。如果不是您本人，请立即查看您的账号。
notice-passkey-copied-title = 您账号的一个通行密钥可能被复制
notice-passkey-copied-text = 一个通行密钥看似副本，已被拒绝。请换一种方式登录，并将它从账号中移除。
notice-recovery-waiting-title = 有人要求找回您的账号
notice-recovery-waiting-text = { $until } 将恢复某人对您账号的访问，此人未能提供全部证明。如果不是您本人，请阻止。
notice-recovery-open-title = 现在可以找回您的账号
notice-recovery-open-text = 等待已结束：在 { $until } 之前，申请人可以在“忘记密码？”处重新证明同一地址并设置新密码。如果不是您本人，请阻止。
notice-recovered-title = 您的账号已找回
notice-recovered-text = 有人找回了您的账号，其他设备均已退出。如果不是您本人，请立即查看您的账号。
notice-move-waiting-title = 您账号的一个手机号即将转移
notice-move-waiting-text = { $subject } 的新机主提出申请，从 { $until } 起它将属于另一个账号。如果它仍是您的，请阻止。
notice-moved-title = 您账号的一个手机号已转移
notice-moved-text = { $subject } 现在属于另一个账号，不能再用来登录。
notice-deletion-waiting-title = 您的账号即将删除
notice-deletion-waiting-text = 您的账号及其中的一切将于 { $until } 删除。在此之前登录即可保留。
notice-deletion-cancelled-title = 您的账号已保留
notice-deletion-cancelled-text = 您已登录，账号不会被删除。
notice-deleted-title = 您的账号已删除
notice-deleted-text = 您的账号及其中的一切已删除，无法恢复。
notice-deleted-answer = { $state ->
    [confirmed] 已清除保存的您的数据（{ $at }）
    [refused] 拒绝清除（{ $at }）。请联系其开发者。
    [untold] 我们无法通知它。请要求其开发者清除保存的数据。
   *[asked] 尚未答复。请联系其开发者。
}
notice-deleted-answers = { $all } 个应用中有 { $confirmed } 个确认已清除所保存的数据。
notice-export-ready-title = 您的数据已准备好
notice-export-ready-text = 您的数据副本可在 { $until } 之前下载。
notice-button-change = 阻止
notice-button-devices = 查看您的设备
notice-button-data = 获取您的数据
notice-button-account = 查看您的账号
notice-fact-when = 时间
notice-fact-device = 设备
notice-device-without-browser = 电视或其他没有浏览器的设备
notice-fact-network = 来自
notice-why = 发送至 { $to }，因为它属于或曾属于 { $brand } 的一个账号。
