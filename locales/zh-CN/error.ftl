# 无法继续时：发生了什么，可以怎么做。
error-what-to-do = 您可以这样做
error-support = 还是不行？{ $support }，并附上下面的报告编号。
error-support-link = 写信给我们
error-report-number = 报告编号
error-for-developer = 给应用开发者
error-developer-problem = 问题
error-developer-client = 客户端
error-developer-code = 错误
error-to-account = 前往您的账号
error-again = 重试

error-not-found-title = 没有这个页面
error-not-found-text = 地址可能写错了，或者页面已经移走。
error-not-found-do = 请检查地址，或从您的账号开始。
error-method-title = 这个页面不能这样打开
error-method-text = 请求的方式不对。什么都没有改变。
error-method-do = 请返回，使用页面上的按钮。
error-unreadable-title = 我们读不懂这个请求
error-unreadable-text = 其中有缺失、重复或损坏的部分。什么都没有改变。
error-unreadable-do = 请返回之前的页面重试。
error-too-large-title = 一次发送的内容太多
error-too-large-text = 表单超过了我们一次能接收的大小。什么都没有改变。
error-too-large-do = 请返回，减少内容后再发送。
error-too-slow-title = 等待时间太长
error-too-slow-text = 表单没有及时完整地送达。什么都没有改变。
error-too-slow-do = 请检查网络连接，然后返回重试。
error-media-type-title = 我们读不懂这个表单
error-media-type-text = 它的格式不是这个页面接收的格式。什么都没有改变。
error-media-type-do = 请返回，使用页面上的表单。
error-forbidden-title = 您不能打开这个页面
error-forbidden-text = 您已登录，但这个页面属于别人。
error-forbidden-do = 请检查正在使用哪个账号，或从您的账号开始。
error-locked-title = 此账号已被锁定
error-locked-text = 我们暂时停用了此账号。其中的内容没有任何更改。
error-locked-do = 请联系客服，他们会告诉您如何重新启用。
error-frozen-title = 更改暂时停止
error-frozen-text = 有人在通知中表示，对此账号的一次更改不是本人所为。在弄清之前，任何人都不能更改登录方式。
error-frozen-do = 请在通知中注明的时间过后再来。
error-forged-title = 这个表单不是来自我们的页面
error-forged-text = 为了防止别人以您的名义按下按钮，我们只接受从我们给您看的页面发出的表单。什么都没有改变。
error-forged-do = 请重新打开页面，从那里发送表单。需要允许本网站使用 Cookie。
error-expired-title = 这个页面太旧了
error-expired-text = 它等得太久，或者已经用过了。什么都没有改变。
error-expired-do = 请从您要去的应用重新开始，或从您的账号开始。
error-too-many-title = 尝试次数太多
error-too-many-text = 为了防止有人猜测，我们暂停片刻。
error-too-many-do = 请在 { $seconds } 秒后重试。
error-busy-title = 我们现在很忙
error-busy-text = 什么都没有丢失。
error-busy-do = 请在 { $seconds } 秒后重试。
error-internal-title = 我们这边出了故障
error-internal-text = 您发送的内容可能没有保存。我们已有记录。
error-internal-do = 请在一分钟后重试。
error-unknown-app-title = 我们不认识带您来的应用
error-unknown-app-text = 它没有在这里注册，或者已不再注册。我们停了下来，没有分享任何内容。
error-unknown-app-do = 请从应用自己的网站重试。如果再次发生，请告诉它的制作者；只有他们能修好。
error-unknown-address-title = 这个应用带您来时用了我们不认识的地址
error-unknown-address-text = { $named ->
    [yes] “{ $app }”要我们把您送到一个它从未注册过的地址。我们停了下来，没有分享任何内容。
   *[no] 它要我们把您送到一个它从未注册过的地址。我们停了下来，没有分享任何内容。
}
error-unknown-address-do = 请从应用自己的网站重试。如果再次发生，请告诉它的制作者；只有他们能修好。
error-app-request-title = 这个应用要求的事我们做不到
error-app-request-text = { $named ->
    [yes] “{ $app }”发来的请求我们无法回答。我们停了下来，没有分享任何内容。
   *[no] 它发来的请求我们无法回答。我们停了下来，没有分享任何内容。
}
error-app-request-do = 请从应用自己的网站重试。如果再次发生，请告诉它的制作者；只有他们能修好。
