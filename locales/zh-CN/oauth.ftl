# 允许应用使用账号，以及退出登录。
consent-title = { $verified ->
    [yes] 允许 { $app } 使用您的账号吗？
   *[no] 允许“{ $app }”使用您的账号吗？
}
consent-made-by = 开发者
consent-maker-checked = { $maker }，已核实
consent-maker-unknown = 不明
consent-takes-you = 将带您前往
consent-added = 添加于
consent-unchecked-title = 没有人核实过这个应用
consent-unchecked-text = 它的名字是制作者自己取的。只有当您是从下面的地址开始的，才允许它。
consent-able-to = 它将可以
consent-already = 它已经可以
consent-never = { $phone ->
    [yes] 它永远看不到您的密码和账号 ID。您可以随时在{ $apps }中断开它。
   *[no] 它永远看不到您的密码、手机号和账号 ID。您可以随时在{ $apps }中断开它。
}
consent-policy = 它的隐私政策
consent-tos = 它的条款
consent-deny = 拒绝
consent-allow = { $verified ->
    [yes] 允许
   *[no] 仍然允许
}

form-post-title = 返回 { $app }
device-title = 连接设备
device-lead = 请输入您的设备上显示的代码。
device-label = 代码
device-only-yours = 只输入您面前的设备所显示的代码。其他人没有理由把代码发给您。
device-qr = 正在使用电脑？用手机相机扫描，即可在手机上继续。
device-qr-alt = 此页面的二维码
device-missing = 请输入您的设备上显示的代码。
device-wrong = 没有设备在等待这个代码。请核对，或在设备上重新开始：代码只在几分钟内有效。
device-confirm-title = { $verified ->
    [yes] 允许另一台设备上的 { $app } 使用您的账号吗？
   *[no] 允许另一台设备上的“{ $app }”使用您的账号吗？
}
device-warning-title = 这台设备在您面前吗？
device-warning-text = 如果这个代码或链接是别人发给您的，或有人在电话里向您索要，请拒绝：否则他们的设备就会进入您的账号。
device-code = 设备上的代码
device-asked = 请求时间
device-from = 来自地址
device-allow = 是我的设备，允许
device-allowed-title = 您的设备已连接
device-allowed-lead = { $app } 可以使用您的账号了。请回到设备上继续。
device-denied-title = 已拒绝这台设备
device-denied-lead = { $app } 没有得到您账号的任何内容。

logout-title = 退出登录？
logout-lead = 在此浏览器上退出 { $brand }。
logout-lead-app = { $app } 请求在此浏览器上让您退出 { $brand }。
logout-apps = 这些应用也会退出
logout-elsewhere = 其他浏览器和设备保持登录。
logout-stay = 保持登录

signed-out-title = 您已退出登录
signed-out-lead = 在这台设备上，已退出 { $brand }。
signed-out-lead-apps = 在这台设备上，已退出 { $brand } 和这些应用：
signed-out-unanswered = { $apps } 没有回应。如果这不是您的设备，请同时关闭浏览器。
signed-out-frame = 正在退出应用
signed-out-again = 重新登录
signed-out-back = 返回 { $app }

scope-profile = 查看您的姓名、头像和您填写的个人信息
scope-email = 查看您的电子邮箱地址
scope-phone = 查看您的手机号码
scope-address = 查看您的邮寄地址
scope-offline = 在您离开时保持访问
