//! Pictures of people: what is taken, what is made of it, where it is shown, and that it is gone when it is gone.

mod files;

use std::time::Duration;

use image::ImageFormat;
use keyhouse::picture::square::LARGEST;
use keyhouse::store::columns::Words;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::{Site, flows};
use files::{BLUE, RED};

const PATH: &str = "/account/picture";
const BOUNDARY: &str = "----a boundary of ours";

/// A form with fields and files, as browsers send it.
fn form(fields: &[(&str, &str)], files: &[&[u8]]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
        );
    }
    for file in files {
        let disposition = "form-data; name=\"picture\"; filename=\"../../index.html\"\r\nContent-Type: text/html";
        body.extend(format!("--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n\r\n").bytes());
        body.extend(*file);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").bytes());
    body
}

async fn post(browser: &mut Browser, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
    let content_type = format!("multipart/form-data; boundary=\"{BOUNDARY}\"");
    let headers: Vec<_> = [("Content-Type", content_type.as_str())].iter().chain(headers).copied().collect();
    browser.request(Method::POST, PATH, &headers, body).await
}

async fn token(browser: &mut Browser) -> String {
    let page = browser.get(PATH).await;
    let (_, fields) = page.form(PATH).unwrap();
    fields.into_iter().find(|(name, _)| name == "csrf").unwrap().1
}

async fn upload(browser: &mut Browser, file: &[u8]) -> Answer {
    let token = token(browser).await;
    post(browser, &[], form(&[("csrf", &token)], &[file])).await
}

/// The path of the picture on the page, without its size.
async fn shown(browser: &mut Browser, path: &str) -> Option<String> {
    let page = browser.get(path).await;
    let (_, rest) = page.body.split_once("<img src=\"/picture/")?;
    Some(format!("/picture/{}", rest.split('/').next().unwrap()))
}

async fn file(site: &Site, path: &str) -> Vec<u8> {
    reqwest::get(format!("{}{path}", site.base)).await.unwrap().bytes().await.unwrap().to_vec()
}

async fn colour(site: &Site, path: &str, x: u32, y: u32) -> [u8; 3] {
    let picture = image::load_from_memory_with_format(&file(site, path).await, ImageFormat::Jpeg).unwrap();
    picture.to_rgb8().get_pixel(x, y).0
}

fn is_near(own: [u8; 3], meant: [u8; 3]) -> bool {
    own.iter().zip(meant).all(|(own, meant)| own.abs_diff(meant) < 24)
}

async fn told(site: &Site, browser: &mut Browser, scope: &str) -> Value {
    let client = site.client(|client| client.scopes = Words::parse("openid profile")).await;
    let tokens = flows::tokens(site, browser, &client, scope).await;
    flows::userinfo(site, tokens["access_token"].as_str().unwrap()).await.json()
}

both! {
    async fn a_picture_is_made_anew_in_three_sizes(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        assert_eq!(shown(&mut browser, PATH).await, None);
        let photo = files::with_segments(&files::halves(), 0xe1, &[files::exif()]);
        let saved = upload(&mut browser, &photo).await;
        assert_eq!(saved.location().as_deref(), Some("/account/picture?note=saved"), "{}", saved.body);
        let page = browser.follow(saved).await;
        assert!(page.body.contains("Your picture is saved."), "{}", page.body);
        let base = shown(&mut browser, PATH).await.unwrap();
        for size in [512, 192, 96] {
            let path = format!("{base}/{size}.jpg");
            let answer = browser.get(&path).await;
            assert_eq!((answer.status, answer.header("Content-Type")), (StatusCode::OK, "image/jpeg"));
            assert_eq!(answer.header("X-Content-Type-Options"), "nosniff");
            assert!(answer.header("Content-Security-Policy").contains("default-src 'none'"));
            assert!(answer.header("Content-Security-Policy").ends_with("sandbox"));
            assert_eq!(answer.header("Cache-Control"), "private, max-age=3600");
            assert_eq!(answer.header("Cross-Origin-Resource-Policy"), "cross-origin");
            // Turned by a quarter, as its EXIF says, which is gone.
            assert!(is_near(colour(&site, &path, size / 2, size / 10).await, RED), "{size}");
            assert!(is_near(colour(&site, &path, size / 2, size - size / 10).await, BLUE), "{size}");
            let bytes = file(&site, &path).await;
            assert!(!bytes.windows(4).any(|own| own == b"Exif" || own == b"GPS "));
        }
        let base = base.as_str();
        for wrong in [&format!("{base}/511.jpg"), &format!("{base}/x.jpg"), &format!("{base}/512.png"), "/picture/AAAA/512.jpg"] {
            assert_eq!(browser.get(wrong).await.status, StatusCode::NOT_FOUND, "{wrong}");
        }
        assert_eq!(browser.get(&format!("{base}/{}.jpg", "9".repeat(30))).await.status, StatusCode::NOT_FOUND);
    }

    async fn apps_with_the_profile_scope_are_told_where_it_is(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let before = told(&site, &mut browser, "openid profile").await;
        assert_eq!(before.get("picture"), None);
        site.advance(Duration::from_secs(60));
        upload(&mut browser, &files::halves()).await;
        let base = shown(&mut browser, PATH).await.unwrap();
        let after = told(&site, &mut browser, "openid profile").await;
        assert_eq!(after["picture"], json!(format!("{}{base}/512.jpg", site.base)));
        assert_eq!(after["updated_at"], json!(site.now().seconds()));
        assert_ne!(after["updated_at"], before["updated_at"]);
        assert_eq!(told(&site, &mut browser, "openid").await.get("picture"), None);

        // Asked for by name, also in the ID token.
        let client = site.client(|client| client.scopes = Words::parse("openid profile")).await;
        let claims = r#"{"id_token":{"picture":null},"userinfo":{"picture":null}}"#;
        let request = flows::Request::new(&client, "openid").with("claims", claims);
        let code = flows::code(&mut browser, &request).await;
        let tokens = flows::redeem(&site, &client, &code, &request.verifier).await.json();
        assert_eq!(flows::claims(tokens["id_token"].as_str().unwrap())["picture"], after["picture"]);
        let named = flows::userinfo(&site, tokens["access_token"].as_str().unwrap()).await.json();
        assert_eq!((named["picture"].as_str(), named.get("name")), (after["picture"].as_str(), None));

        site.advance(Duration::from_secs(60));
        let page = browser.get(PATH).await;
        browser.submit(&page, "/account/picture/remove", &[]).await;
        let gone = told(&site, &mut browser, "openid profile").await;
        assert_eq!((gone.get("picture"), &gone["updated_at"]), (None, &json!(site.now().seconds())));
    }

    async fn the_old_address_leads_nowhere_at_once(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        flows::jonas(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let mut other = Browser::new(&site);
        flows::sign_in(&mut other, "jonas@lantern.example").await;
        upload(&mut browser, &files::plain(RED, ImageFormat::Png)).await;
        upload(&mut other, &files::plain(RED, ImageFormat::Png)).await;
        let (first, theirs) = (shown(&mut browser, PATH).await.unwrap(), shown(&mut other, PATH).await.unwrap());
        // The same file once more has another address too: nobody can work one out.
        assert_ne!(first, theirs);
        upload(&mut browser, &files::plain(RED, ImageFormat::Png)).await;
        let second = shown(&mut browser, PATH).await.unwrap();
        assert_ne!(first, second);
        let page = browser.get(PATH).await;
        let status = |answer: Answer| answer.status;
        assert_eq!(status(browser.get(&format!("{first}/192.jpg")).await), StatusCode::NOT_FOUND);
        assert_eq!(status(browser.get(&format!("{second}/192.jpg")).await), StatusCode::OK);
        let removed = browser.submit(&page, "/account/picture/remove", &[]).await;
        assert_eq!(removed.location().as_deref(), Some("/account/picture?note=removed"));
        for size in [512, 192, 96] {
            assert_eq!(status(browser.get(&format!("{second}/{size}.jpg")).await), StatusCode::NOT_FOUND);
        }
        assert_eq!(shown(&mut browser, PATH).await, None);
        assert_eq!(browser.submit(&page, "/account/picture/remove", &[]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(shown(&mut other, PATH).await, Some(theirs));
    }

    async fn what_is_no_picture_is_refused_and_the_one_before_stays(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        upload(&mut browser, &files::halves()).await;
        let before = shown(&mut browser, PATH).await;
        let jpeg = files::halves();
        let padded = |length: usize| [jpeg.clone(), vec![0; length - jpeg.len()]].concat();
        let webp = files::plain(RED, ImageFormat::WebP);
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        for (file, status, says) in [
            (padded(LARGEST + 1), StatusCode::PAYLOAD_TOO_LARGE, "That file is over 5 MB."),
            (padded(3 * LARGEST), StatusCode::PAYLOAD_TOO_LARGE, "That file is over 5 MB."),
            (files::claims_to_be(8000, 5001), unprocessable, "more than 40 million pixels"),
            // A bomb: 16 GiB of pixels in a hundred bytes.
            (files::claims_to_be(65_000, 65_000), unprocessable, "more than 40 million pixels"),
            (files::claims_to_be(8000, 5000), unprocessable, "cannot be read to its end"),
            (jpeg[..jpeg.len() - 40].to_vec(), unprocessable, "cannot be read to its end"),
            (webp[..webp.len() - 10].to_vec(), unprocessable, "cannot be read to its end"),
            (b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>".to_vec(), unprocessable, "not a JPEG"),
            (b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;".to_vec(), unprocessable, "not a JPEG"),
            (b"%PDF-1.7".to_vec(), unprocessable, "not a JPEG"),
            (Vec::new(), unprocessable, "Choose a file first."),
        ] {
            let refused = upload(&mut browser, &file).await;
            refused.assert_page(status);
            assert!(refused.body.contains(says), "{says}: {}", refused.body);
            assert!(refused.body.contains("<title>Error: ") && refused.body.contains("aria-invalid=\"true\""));
            assert_eq!(shown(&mut browser, PATH).await, before, "{says}");
        }
    }

    async fn only_the_picture_is_kept_of_a_file(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let red = files::plain(RED, ImageFormat::Jpeg);
        let much: Vec<Vec<u8>> = (0..70).map(|_| [b"Exif\0\0 SECRET".to_vec(), vec![b'x'; 65_000]].concat()).collect();
        for (name, file) in [
            ("as large as may be", [red.clone(), vec![0; LARGEST - red.len()]].concat()),
            ("a page behind it", [&red[..], b"<script>SECRET</script>PK\x03\x04"].concat()),
            ("a page inside it", files::with_segments(&red, 0xfe, &[b"*/<?php SECRET ?>".to_vec()])),
            ("more EXIF than picture", files::with_segments(&red, 0xe1, &much)),
            ("a text chunk", [&files::plain(RED, ImageFormat::Png)[..33], &files::chunk(b"tEXt", b"Comment\0SECRET"), &files::plain(RED, ImageFormat::Png)[33..]].concat()),
            ("moving", files::animated()),
            ("WebP", files::plain(RED, ImageFormat::WebP)),
        ] {
            let saved = upload(&mut browser, &file).await;
            assert_eq!(saved.status, StatusCode::SEE_OTHER, "{name}: {}", saved.body);
            let base = shown(&mut browser, PATH).await.unwrap();
            assert!(is_near(colour(&site, &format!("{base}/512.jpg"), 256, 256).await, RED), "{name}");
            let bytes = largest(&site, &base).await;
            assert!(!bytes.windows(6).any(|own| own == b"SECRET") && bytes.len() < 100_000, "{name}");
        }
    }

    async fn a_face_is_shown_where_the_person_is(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|client| {
            client.first_party = false;
            client.scopes = Words::parse("openid profile");
        }).await;
        let mut browser = flows::minas_browser(&site).await;
        upload(&mut browser, &files::halves()).await;
        let face = shown(&mut browser, PATH).await;
        let consent = flows::Request::new(&client, "openid profile").path();
        for path in ["/account", "/account/personal", "/signin/accounts", &consent, "/oauth/logout"] {
            let answer = browser.get(path).await;
            let on = answer.location().unwrap_or_else(|| path.to_owned());
            assert_eq!(shown(&mut browser, &on).await, face, "{path}");
        }
        let page = browser.get(&consent).await;
        assert!(page.body.contains("See your name and picture"), "{}", page.body);
    }

    async fn an_upload_comes_from_our_own_form(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let mut stranger = Browser::new(&site);
        let (own, photo) = (token(&mut browser).await, files::halves());
        for fields in [&[][..], &[("csrf", "")], &[("csrf", "x")], &[("csrf", &own[1..])]] {
            assert_eq!(post(&mut browser, &[], form(fields, &[&photo])).await.status, StatusCode::FORBIDDEN);
        }
        for header in [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")] {
            let refused = post(&mut browser, &[header], form(&[("csrf", &own)], &[&photo])).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{header:?}");
        }
        let refused = post(&mut stranger, &[], form(&[("csrf", &own)], &[&photo])).await;
        assert_eq!(refused.location().as_deref(), Some("/signin?continue=%2Faccount"));
        assert_eq!(shown(&mut browser, PATH).await, None);
    }

    async fn a_broken_body_is_a_bad_request(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let (own, photo) = (token(&mut browser).await, files::halves());
        let good = form(&[("csrf", &own)], &[&photo]);
        let long = "x".repeat(5000);
        let many: Vec<(String, &str)> = (0..20).map(|number| (format!("field{number}"), "x")).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        for (body, status) in [
            (good[..good.len() / 2].to_vec(), StatusCode::BAD_REQUEST),
            (b"nothing of the kind".to_vec(), StatusCode::BAD_REQUEST),
            (Vec::new(), StatusCode::BAD_REQUEST),
            (form(&[("csrf", &own)], &[&photo, &photo]), StatusCode::BAD_REQUEST),
            (form(&[("csrf", &own), ("csrf", &own)], &[&photo]), StatusCode::BAD_REQUEST),
            (form(&[("csrf", "a\0b")], &[&photo]), StatusCode::BAD_REQUEST),
            (form(&many, &[&photo]), StatusCode::BAD_REQUEST),
            (form(&[("csrf", &long)], &[&photo]), StatusCode::PAYLOAD_TOO_LARGE),
        ] {
            let refused = post(&mut browser, &[], body).await;
            assert_eq!(refused.status, status, "{}", refused.body);
        }
        let packed = post(&mut browser, &[("Content-Encoding", "gzip")], good.clone()).await;
        assert_eq!(packed.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        for other in ["multipart/form-data", "multipart/form-data; boundary=", "application/json"] {
            let refused = browser.request(Method::POST, PATH, &[("Content-Type", other)], good.clone()).await;
            assert!(refused.status.is_client_error(), "{other}: {}", refused.status);
        }
        assert_eq!(shown(&mut browser, PATH).await, None);
        assert_eq!(post(&mut browser, &[], good).await.status, StatusCode::SEE_OTHER);
    }

    async fn an_account_sends_so_many_files_an_hour(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let own = token(&mut browser).await;
        for _ in 0..20 {
            let refused = post(&mut browser, &[], form(&[("csrf", &own)], &[b"no picture"])).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        let photo = files::halves();
        let over = post(&mut browser, &[], form(&[("csrf", &own)], &[&photo])).await;
        assert_eq!(over.status, StatusCode::TOO_MANY_REQUESTS);
        site.advance(Duration::from_secs(60 * 60 + 1));
        assert_eq!(post(&mut browser, &[], form(&[("csrf", &own)], &[&photo])).await.status, StatusCode::SEE_OTHER);
    }

    async fn of_two_pictures_at_once_one_is_there(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let (own, photo) = (token(&mut browser).await, files::halves());
        let sending = (0..6).map(|_| {
            let (mut browser, body) = (browser.clone(), form(&[("csrf", &own)], &[&photo]));
            async move { post(&mut browser, &[], body).await.status }
        });
        for status in futures_util::future::join_all(sending).await {
            assert_eq!(status, StatusCode::SEE_OTHER);
        }
        let base = shown(&mut browser, PATH).await.unwrap();
        for size in [512, 192, 96] {
            assert_eq!(browser.get(&format!("{base}/{size}.jpg")).await.status, StatusCode::OK);
        }
    }
}

async fn largest(site: &Site, base: &str) -> Vec<u8> {
    file(site, &format!("{base}/512.jpg")).await
}
