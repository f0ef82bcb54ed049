# 账号中心。
centre-navigation = 账号
centre-pages = 账号的页面
back-to-account = 账号
page-home = 首页
page-devices = 设备
page-apps = 已连接的应用
page-activity = 活动记录
page-settings = 设置

home-account-id = 账号 ID { $id }
home-switch = 切换账号
home-security = 安全
home-safeguards = 已设置 { $all } 项保护中的 { $on } 项
home-addresses = 您的地址
home-phone = 手机号
home-email = 邮箱
safeguard-password = 密码
safeguard-phone = 手机号
safeguard-email = 邮箱
safeguard-set-up = 已设置
safeguard-password-changed = 更改于 { $day }
safeguard-password-missing = 不用验证码也能登录
safeguard-phone-missing = 第二种登录方式
safeguard-email-missing = 第二种登录方式
next-password-title = 下一步：设置密码
next-password-text = 收不到验证码时也能登录。
next-password-button = 设置密码
next-phone-title = 下一步：添加手机号
next-phone-text = 如果邮箱丢了，手机上的验证码仍能让您登录。
next-phone-button = 添加手机号
next-email-title = 下一步：添加邮箱
next-email-text = 如果手机丢了，邮件里的验证码仍能让您登录。
next-email-button = 添加邮箱
all-devices = 全部 { $count } 台
    .aria = 全部 { $count } 台设备
all-apps = 全部 { $count } 个
    .aria = 全部 { $count } 个已连接的应用

settings-lead = 这些页面在您登录的每台设备上的样子。
settings-saved = 已保存。

page-personal = 个人信息
personal-lead = 应用可能询问的关于您的信息。只有姓名是必填的；其余信息只有在您允许之后应用才能看到。
personal-saved = 已保存。您已允许的应用从现在起会看到新的信息。
personal-given-name = 名
personal-middle-name = 中间名
personal-family-name = 姓
personal-nickname = 昵称
personal-username = 您喜欢的用户名
personal-gender = 性别
personal-birthdate = 生日
personal-birthdate-hint = 年、月、日：1990-12-31。如果不想透露年份，请写 0000。
personal-profile = 您的个人主页网址
personal-website = 您的网站网址
personal-address = 邮寄地址
personal-street = 街道和门牌号
personal-postal-code = 邮政编码
personal-locality = 城市
personal-region = 省或州
personal-country = 国家或地区
personal-too-long = 最多 { $most } 个字符。
personal-not-text = 只能使用文字、数字和常用符号。
personal-not-a-url = 请写完整网址，以 https:// 开头。
personal-not-a-date = 请写成 1990-12-31 这样。

picture-title = 您的头像
picture-lead = 它显示在这些页面上您的姓名旁边，也显示在您允许查看姓名的应用里。
picture-choose = 选择一张图片
picture-hint = JPEG、PNG 或 WebP，最大 5 MB。我们会从中间裁出正方形，并去掉相机写入的信息，例如拍摄地点。
picture-save = 使用这张图片
picture-remove = 移除头像
picture-saved = 头像已保存。如果之前有另一张，它已删除。
picture-removed = 头像已移除，改为显示您姓名的首字。
picture-gone-apps = 已经复制了它的应用会保留副本。
picture-missing = 请先选择一个文件。
picture-too-many-bytes = 这个文件超过 5 MB。请选择更小的文件，或降低画质。
picture-not-a-picture = 这不是 JPEG、PNG 或 WebP 图片。请选择其他文件。
picture-too-many-pixels = 这张图片超过 4000 万像素。请选择更小的图片。
picture-damaged = 这张图片无法完整读取。请选择另一张，或重新保存一次。
seen-by = { $apps } 可以看到
seen-by-none = 还没有应用能看到。
picture-add = 添加头像
picture-change = 更换
seen-by-also = { $apps } 也可以看到
personal-about = 关于您

personal-settings = 语言和时区
settings-text = 文字大小
settings-text-normal = 与浏览器一致
settings-text-size = { $size ->
    [larger] 更大
   *[large] 大
}
settings-zone = 时区
settings-zone-hint = 这些页面上的时间按它显示；能看到您姓名的应用也能看到它。
settings-region = { $region ->
    [Africa] 非洲
    [America] 美洲
    [Antarctica] 南极洲
    [Arctic] 北极
    [Asia] 亚洲
    [Atlantic] 大西洋
    [Australia] 澳大利亚
    [Indian] 印度洋
    [Pacific] 太平洋
   *[Europe] 欧洲
}
