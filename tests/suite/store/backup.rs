//! A backup is a store of its own, as of one moment.

use keyhouse::store::backup;

use crate::harness::database::Database;
use crate::harness::scene::{Scene, Tokens};

#[tokio::test]
async fn a_backup_opens_as_a_store_and_holds_what_was_acknowledged() {
    let mut scene = Scene::start(Database::sqlite()).await;
    let (tokens, code) = (scene.tokens().await, scene.code().await);
    let file = scene.site.database.folder().unwrap().join("copy.sqlite");
    backup::to_file(&scene.site.app.store, &file).unwrap();
    let later = scene.tokens().await;

    let url = format!("sqlite:{}", file.display());
    scene.site = scene.site.node_with(&[("KEYHOUSE_STORE__URL", &url)]).await.unwrap();
    scene.all_alive(&tokens).await;
    Tokens::of(&scene.refresh(&tokens.refresh).await);
    Tokens::of(&scene.redeem(&code).await);
    scene.refresh(&later.refresh).await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn a_backup_and_a_store_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let scene = Scene::start(Database::sqlite()).await;
    let folder = scene.site.database.folder().unwrap().clone();
    backup::to_file(&scene.site.app.store, &folder.join("copy.sqlite")).unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?} {mode:o}", entry.file_name());
    }
}

#[tokio::test]
async fn a_backup_never_takes_the_place_of_a_file() {
    let scene = Scene::start(Database::sqlite()).await;
    let file = scene.site.database.folder().unwrap().join("copy.sqlite");
    std::fs::write(&file, "precious").unwrap();
    assert!(backup::to_file(&scene.site.app.store, &file).is_err());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");
}
