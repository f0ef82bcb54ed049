# A code that does not go by text message, or not yet.
held-free-title = 现在可以获取验证码了
held-prove-title = 请稍等
held-wait-title = 现在无法发送短信
held-never-title = 无法向此号码发送短信
held-send = 发送验证码
held-prove-why = 现在请求短信的次数异常多。发送您的短信之前，您的浏览器要做一次简短的计算：这只花您片刻时间，却会让滥用者付出很大代价。
held-prove-working = 您的浏览器正在计算。完成后会自动发送验证码，通常只需几秒钟。
held-prove-no-script = { $instead ->
    [email] 您的浏览器不运行脚本，无法完成计算。请用电子邮件获取验证码，或一小时后再来。
    [change] 您的浏览器不运行脚本，无法完成计算。请使用电子邮件地址，或一小时后再来。
   *[none] 您的浏览器不运行脚本，无法完成计算。请一小时后再来，或换一个浏览器。
}
held-wait = 发往这类号码或从您所在网络请求的短信太多，在 { $time } 之前不再发送。这是为了阻止滥用者，与您无关。
held-instead = { $instead ->
    [email] 您不必等待：可以用电子邮件获取验证码。
    [change] 您不必等待：可以使用电子邮件地址。
   *[none] 请到时再来。
}
held-country = 我们不向这个国家或地区的号码发送短信。
held-no-mobile = 此号码无法接收我们的短信：它不是手机号码，或是另外收费的号码。
held-never-instead = { $instead ->
    [email] 请用电子邮件获取验证码，或使用其他号码。
    [change] 请使用电子邮件地址或其他号码。
   *[none] 请使用其他号码或电子邮件地址。
}
held-use-mail-address = 使用电子邮件地址
held-leave = 返回
held-have-code = 输入已有的验证码
