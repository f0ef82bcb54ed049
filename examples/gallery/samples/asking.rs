//! What apps bring people to: consent, the choice of an account, devices, signing out.

use keyhouse::oauth::authorize::consent::{ConsentPage, Permission};
use keyhouse::oauth::authorize::form_post::FormPostPage;
use keyhouse::oauth::device::confirm::ConfirmPage;
use keyhouse::oauth::device::done::DonePage;
use keyhouse::oauth::device::enter::{EnterPage, UserCodeFault};
use keyhouse::oauth::end_session::confirm::LogoutConfirmPage;
use keyhouse::oauth::end_session::signed_out::{BackToApp, SignedOutPage};
use keyhouse::signin::accounts::{Account, AccountsPage};
use keyhouse::signin::again::{AgainPage, CodeWay};
use keyhouse::web::icon::Icon;
use keyhouse::web::person::Person;

use super::{Gallery, Rendered, brightfold, few, keep, mina, notes, unchecked, with_face};

impl Gallery {
    fn permission(&self, icon: Icon, title: (&str, &str), detail: &str) -> Permission {
        Permission { icon, title: self.either(title.0, title.1), detail: Some(detail.to_owned()) }
    }

    pub(super) fn consent(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let name = self.permission(Icon::Person, ("See your name and picture", "查看您的名字和头像"), "Mina Farouk");
        let mail =
            self.permission(Icon::Envelope, ("See your e-mail address", "查看您的邮箱地址"), "mina@lantern.example");
        let until = self.either("Until you disconnect it", "直到您断开它");
        let offline = self.permission(Icon::Clock, ("Stay connected when you are away", "在您离开时保持连接"), &until);
        let files = self.either("All 214 files, not only new ones", "全部 214 个文件，不只是新的");
        let cloud = self.permission(
            Icon::Document,
            ("Read and change your files in Cloud", "读取和更改您在 Cloud 中的文件"),
            &files,
        );
        let page = ConsentPage {
            page: self.page("/oauth/authorize/resume/1"),
            action: "/oauth/authorize/consent".to_owned(),
            request: "sample".to_owned(),
            sid: "sample".to_owned(),
            person: mina(),
            not_you_url: "/signin".to_owned(),
            app: brightfold(),
            maker: Some("Brightfold Studio".to_owned()),
            added: None,
            policy_url: None,
            tos_url: None,
            permissions: vec![name.clone(), mail, offline],
            already: Vec::new(),
            sees_phone: false,
        };
        keep(pages, "consent", &page)?;
        let more = ConsentPage {
            permissions: vec![cloud.clone()],
            already: page.permissions,
            policy_url: Some("https://brightfold.example/privacy".to_owned()),
            tos_url: Some("https://brightfold.example/terms".to_owned()),
            page: self.page("/"),
            action: page.action,
            request: page.request,
            sid: page.sid,
            person: page.person,
            not_you_url: page.not_you_url,
            app: page.app,
            maker: page.maker,
            added: None,
            sees_phone: true,
        };
        keep(pages, "consent-more", &more)?;
        let unverified = ConsentPage {
            app: unchecked(),
            maker: None,
            added: Some(self.ago(75)),
            policy_url: None,
            tos_url: None,
            permissions: vec![name, cloud],
            already: Vec::new(),
            sees_phone: false,
            ..more
        };
        keep(pages, "consent-unverified", &unverified)
    }

    /// The accounts of one browser, and the page that carries an answer to an app.
    pub(super) fn choice(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let account = |key: &str, person, in_use| Account { key: key.to_owned(), person, in_use };
        let jonas = Person {
            name: "Jonas Weber".to_owned(),
            picture_url: None,
            masked_address: "j•••@lantern.example".to_owned(),
        };
        let choice = AccountsPage {
            page: self.page("/signin/accounts"),
            app: Some(notes()),
            accounts: vec![account("first", with_face(mina()), true), account("second", jonas, false)],
            continue_to: Some("/account".to_owned()),
            another_url: "/signin".to_owned(),
        };
        keep(pages, "accounts", &choice)?;
        let way = |channel, icon, key, address: &str| CodeWay { channel, icon, key, address: address.to_owned() };
        let again = AgainPage {
            page: self.page("/signin/again"),
            person: mina(),
            attempt: "sample".to_owned(),
            identifier: "4821 0937 5526".to_owned(),
            has_password: true,
            has_passkey: true,
            continue_to: Some("/account".to_owned()),
            codes: vec![
                way("sms", "bubble", "again-code-sms", "+43 ••• ••• 4417"),
                way("email", "envelope", "again-code-email", "m•••@lantern.example"),
            ],
            without_sms: false,
            recovery_url: "/signin/recovery".to_owned(),
            back_url: "/account",
        };
        keep(pages, "again", &again)?;
        let codes = again.codes.iter().filter(|way| way.channel != "sms").cloned().collect();
        keep(pages, "again-without-sms", &AgainPage { without_sms: true, codes, ..again })?;
        let answer = FormPostPage {
            page: self.page("/"),
            app: notes(),
            action: "https://notes.lantern.example/callback".to_owned(),
            fields: vec![("code".to_owned(), "sample".to_owned())],
        };
        keep(pages, "form-post", &answer)
    }

    pub(super) fn device_grant(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let enter = |user_code: &str, error| EnterPage {
            page: self.page("/device"),
            user_code: user_code.to_owned(),
            error,
            person: mina(),
            not_you_url: "/signin/accounts".to_owned(),
            qr_url: "/logos/qr.svg".to_owned(),
        };
        keep(pages, "device", &enter("", None))?;
        keep(pages, "device-wrong", &enter("BCDF-GHJJ", Some(UserCodeFault::Wrong)))?;
        let name = self.permission(Icon::Person, ("See your name", "查看您的姓名"), "Mina Farouk");
        let confirm = ConfirmPage {
            page: self.page("/device"),
            request: "sample".to_owned(),
            person: mina(),
            not_you_url: "/signin/accounts".to_owned(),
            app: notes(),
            maker: Some("Lantern".to_owned()),
            user_code: "BCDF-GHJK".to_owned(),
            address: "2001:db8:4d1:7c00:9e3f:21ff:fe40:17a2".to_owned(),
            asked: self.clock(-1),
            permissions: vec![name],
        };
        keep(pages, "device-confirm", &confirm)?;
        keep(pages, "device-confirm-unverified", &ConfirmPage { app: unchecked(), maker: None, ..confirm })?;
        for allowed in [true, false] {
            let done = DonePage { page: self.page("/device/decide"), app: notes(), allowed };
            keep(pages, if allowed { "device-allowed" } else { "device-denied" }, &done)?;
        }
        Ok(())
    }

    pub(super) fn sign_out(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let confirm = LogoutConfirmPage {
            page: self.page("/oauth/end-session"),
            action: "/oauth/end-session".to_owned(),
            request: "sample".to_owned(),
            app: Some(notes()),
            person: mina(),
            apps: few(),
        };
        keep(pages, "logout", &confirm)?;
        let done = SignedOutPage {
            page: self.page("/"),
            apps: few(),
            unanswered: vec!["Brightfold".to_owned()],
            signin_url: "/signin".to_owned(),
            frames: Vec::new(),
            back: Some(BackToApp {
                name: "Lantern Notes".to_owned(),
                url: "https://notes.lantern.example/".to_owned(),
            }),
        };
        keep(pages, "signed-out", &done)
    }
}
