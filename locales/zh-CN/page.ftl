# 多个页面共用的文字。
title-error = 错误：
skip-to-content = 跳到正文
continue = 继续
change = 更改
save = 保存
on = 已开启
not-yet = 还没有
optional = 选填
not-you = 不是您？
sign-in = 登录
sign-out = 退出登录
for-app = 用于 { $app }
or-without-password = 或者不用密码

foot-help = 帮助
foot-privacy = 隐私
foot-terms = 条款

preferences-label = 语言和主题：
preferences-language = 语言
preferences-theme = 主题
theme-system = 跟随设备
theme-name = { $theme ->
    [dark] 深色
   *[light] 浅色
}

# 时间。
ago-now = 刚刚
ago-minutes = { $count } 分钟前
ago-hours = { $count } 小时前
ago-days = { $count } 天前
date-full = { $day } { $clock }
date-day = { $year }年{ $month }月{ $day }日

# 多个页面都有的字段错误。
form-several-faults = 有几处需要再看一下：
address-missing = 请输入您的手机号或邮箱。
address-not-understood = 这既不是手机号，也不是邮箱。手机号的写法如 +86 131 2345 6789。
address-comma = 这个地址里有一个逗号。您要写的是 { $meant } 吗？
address-country-missing = 手机号请以 + 和国家代码开头，例如 +86。
name-missing = 请输入名字。任何名字都可以。
name-too-long = 名字太长了，最多 { $most } 个字符。
name-not-a-name = 名字里有我们无法显示的符号，请使用文字。

# 登录与设备绑定时：途中短暂出现的页面。
arrival-title = 请稍候
arrival-lead = 您的浏览器正在证明这是您的设备。
arrival-go-on = 继续
