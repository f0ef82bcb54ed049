//! What the three apps and cloud's API are to the server.

use super::super::client;
use super::super::opened::Opened;
use super::super::{Failure, refused, resource};
use super::files::Folder;
use super::ports::{App, Ports};
use crate::oauth::logo;
use crate::oauth::registration::{ClientMetadata, Trust};
use crate::security::random;
use crate::store::clients;

/// What cloud lets other apps do, in words.
const CLOUD_SCOPES: [&str; 2] = [
    "cloud.files.read=en:See your files in Cloud|zh-CN:查看您在云盘中的文件",
    "cloud.files.write=en:Add, change and delete your files in Cloud|zh-CN:添加、更改和删除您在云盘中的文件",
];

/// Registers cloud's API and the three apps; those that are there keep everything, and get the secret their files have.
pub(super) async fn register(opened: &Opened, folder: &Folder, ports: &Ports) -> Result<(), Failure> {
    let api = resource::New {
        identifier: ports.cloud_api(),
        name: App::Cloud.name().to_owned(),
        scope: CLOUD_SCOPES.map(str::to_owned).to_vec(),
        access_token_format: None,
        client_id: None,
    };
    resource::add(opened, &api).await?;
    for app in App::ALL {
        let secret = folder.client_secret(*app)?;
        let digest = random::sha256(&secret);
        let is_known =
            opened.store.write(move |connection| clients::set_secret(connection, app.slug(), &digest)).await?;
        if !is_known {
            add(opened, ports, *app, &secret).await?;
        }
    }
    Ok(())
}

async fn add(opened: &Opened, ports: &Ports, app: App, secret: &str) -> Result<(), Failure> {
    let at = |path: &str| format!("{}{path}", ports.public_url(app));
    let reaches_cloud = app == App::Notes;
    let scope = if reaches_cloud {
        "openid profile email offline_access cloud.files.read"
    } else {
        "openid profile email offline_access"
    };
    let metadata = ClientMetadata {
        client_id: app.slug().to_owned(),
        client_name: app.name().to_owned(),
        redirect_uris: vec![at("/callback")],
        post_logout_redirect_uris: vec![at("/signed-out")],
        backchannel_logout_uri: Some(at("/backchannel-logout")),
        security_event_uri: Some(at("/security-events")),
        scope: Some(scope.to_owned()),
        resources: if reaches_cloud { vec![ports.cloud_api()] } else { Vec::new() },
        client_uri: Some(at("/")),
        ..ClientMetadata::default()
    };
    let trust = Trust { maker: Some("Lantern".to_owned()), first_party: true, verified: true, ..Trust::default() };
    let checked = client::checked(opened, &metadata, &trust).await?;
    let logo = logo::checked(app.slug(), logo(app).to_vec()).map_err(refused)?;
    client::register(opened, checked, Some(secret), Some(logo)).await
}

/// The apps' own logos: what people see here is what they see there.
fn logo(app: App) -> &'static [u8] {
    match app {
        App::Cloud => include_bytes!("../../../examples/flagship/templates/logo/cloud.svg"),
        App::Community => include_bytes!("../../../examples/flagship/templates/logo/community.svg"),
        App::Notes => include_bytes!("../../../examples/flagship/templates/logo/notes.svg"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logos_are_ones_anybody_could_register() {
        for app in App::ALL {
            assert!(logo::checked(app.slug(), logo(*app).to_vec()).is_ok(), "{app:?}");
        }
    }
}
