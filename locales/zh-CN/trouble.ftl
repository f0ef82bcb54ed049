# 没有收到的验证码的去向。
trouble-lead = { $channel ->
    [sms] 它应以短信发送至 { $to }。
   *[email] 它应以邮件发送至 { $to }。
}
trouble-lead-account = 它应发送至这个账号的一个地址。
trouble-waiting = { $channel ->
    [sms] 短信从 { $time } 起在这里等待发送。我们会继续尝试，最多一分钟。
   *[email] 邮件从 { $time } 起在这里等待发送。我们会继续尝试，最多一分钟。
}
trouble-accepted = { $channel ->
    [sms] 电话网络已于 { $time } 接收短信，尚未告知是否送达。
   *[email] 邮件服务器已于 { $time } 接收邮件。它正在途中，或已在您的邮箱里。
}
trouble-delivered = { $channel ->
    [sms] 电话网络告知：短信已于 { $time } 送达。
   *[email] 邮件服务器告知：邮件已于 { $time } 送达。
}
trouble-refused = { $channel ->
    [sms] 电话网络于 { $time } 拒绝了短信：无法向这个号码发送短信。请检查号码，或使用其他方式。
   *[email] 邮件服务器于 { $time } 拒绝了邮件：无法向这个地址发送邮件。请检查地址，或使用其他方式。
}
trouble-failed = { $channel ->
    [sms] 短信未能送达：电话网络于 { $time } 放弃。请获取新的验证码，或使用其他方式。
   *[email] 邮件未能发出：直到 { $time } 都无法连接邮件服务器。请获取新的验证码，或使用其他方式。
}
trouble-unsaid = { $time } 请求了一个验证码。如果这个账号可以用这种方式接收，验证码已在途中。这里不会说明发往何处。
trouble-none = 没有用这种方式请求过验证码，或者已经过了太久。
trouble-again = 再看一次
trouble-enter = 输入验证码
trouble-check = 您可以检查
trouble-advice-address = 号码或邮箱是否正确？错一个数字或字母就收不到。
trouble-advice-account = 请检查您输入的账号 ID、号码或邮箱：验证码只会发往该账号的地址。
trouble-advice-phone = 手机是否开机、有信号，并有空间接收短信？
trouble-advice-blocked = 有些手机和网络会拦截短号码或陌生号码的短信。
trouble-advice-newest = 只有最新的验证码有效，而且只能在请求它的浏览器里使用。
