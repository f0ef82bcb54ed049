# 选择密码：哪里不合适，以及有多好。

new-password-missing = 请选择一个密码。
new-password-too-short = 密码太短。请至少使用 { $least } 个字符。
new-password-too-long = 密码太长。最多 { $most } 个字符。
new-password-guessable = { $why ->
    [own] 这个密码由别人知道的关于您的信息组成，会最先被尝试。
    [common] 很多人使用这个密码，会最先被尝试。
    [similar] 这个密码与很多人使用的密码相近。
    [word] 单个词语很快会被猜到。
    [name] 姓名很快会被猜到。
    [keyboard] 键盘上相邻的按键很快会被猜到。
    [repeat] 反复重复的内容很快会被猜到。
    [sequence] abc 或 6543 这样的连续字符很快会被猜到。
    [date] 日期和年份很快会被猜到。
   *[plain] 这个密码很快会被猜到。
}三四个互不相关的词语更好。
new-password-breached = 这个密码曾在别处被盗，已列入攻击者会尝试的名单。请选择一个您没有在别处使用的密码。

# 强度条下方。
new-password-enough = 够用了。再加一个词语会更强。
new-password-good = 这是一个不错的密码。
new-password-strong = 这是一个很强的密码。
