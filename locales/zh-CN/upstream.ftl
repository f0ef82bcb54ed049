# 使用其他服务登录，以及将其关联到账号。
upstream-continue = 使用 { $provider } 继续
upstream-failed-title = { $provider } 未能让您登录
upstream-too-late = 用时超过了十分钟，或者是在其他浏览器中开始的。请重新开始。
upstream-denied = { $provider } 表示登录已取消。请重试，或用其他方式登录。
upstream-unavailable = { $provider } 目前没有响应。请用其他方式登录，或稍后再试。
upstream-not-anew = 该应用要求您重新证明身份，而 { $provider } 没有再次询问您。请用其他方式登录。
upstream-untrusted = { $provider } 的答复无法核实，因此没有进行任何操作。请重试，或用其他方式登录。
upstream-back = 继续

leaving-title = 前往 { $provider }
leaving-lead = 您将在那里登录，之后 { $provider } 会带您回来。

unlinked-title = { $provider } 尚未关联 { $brand } 账号
unlinked-lead = 请用其他方式登录您的账号，或创建一个账号。之后您可以关联它，此后即可用 { $provider } 登录。
unlinked-sign-in = 登录 { $brand }
unlinked-sign-up = 创建账号
unlinked-hint = 我们不会根据 { $provider } 所知的地址查找您的账号：只有您本人才能将二者关联。

page-connected = 已关联的登录方式
connected-lead = 您可用于登录 { $brand } 的其他账号。
connected-added = 已关联，并已通知您账号的每个地址。
connected-own = 它此前已关联到您的账号。
connected-removed = 已取消关联，所有其他设备均已退出登录。
connected-unavailable = 该服务目前没有响应，未进行关联。请稍后再试。
connected-since = 关联于 { $time }
connected-never-used = 尚未使用
connected-not-offered = 此处不再提供，目前无法用它登录。
connected-remove = 取消关联
connected-none-title = 尚未关联任何登录方式
connected-none-text = 使用您在别处的账号登录
connected-more-title = 关联其他登录方式
connected-more-text = 能在那里登录的人，之后也能登录 { $brand }。更改登录方式时，您仍需在此证明身份。
connected-nothing-offered = 目前此处没有可关联的服务。
connected-connect = 关联 { $provider }
connected-look = 关联
connected-stay = 下方已关联的登录方式仍可让您登录。如果其中有不属于您的，请取消关联。
connected-manage = 管理已关联的登录方式
connected-full = 已达到数量上限，请先取消一个关联。
connected-frozen = 您账号的更改目前已暂停，因此无法关联或取消关联。
connected-taken = 此 { $provider } 账号已用于登录这里的另一个账号，且只能用于一个。请先用它登录，并在那里取消关联。

connected-confirm-title = 要关联 { $provider } 吗？
connected-confirm-lead = 此后即可用 { $provider } 登录 { $brand }。
connected-account-here = 您的 { $brand } 账号
connected-unnamed = 刚刚登录
connected-confirm-check = 这是您的 { $provider } 账号吗？如果不是，请勿关联：其所有者将能以您的身份登录。
connected-not-now = 暂不
connected-confirm-button = 关联

connected-remove-title = 要取消关联 { $provider } 吗？
connected-remove-lead = { $provider } 将无法再让您在此登录。您在那里的账号不受影响。
connected-remove-keep = 保留
connected-remove-button = 取消关联
connected-remove-last = 这是进入您账号的唯一方式。请先添加另一种。
