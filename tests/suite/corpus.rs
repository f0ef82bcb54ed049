//! The kept inputs of the fuzz targets, as ordinary tests: whatever broke something once stands in `fuzz/corpus`.

use std::path::Path;

#[path = "../../fuzz/targets.rs"]
mod targets;

/// Runs every kept input of a target, and each of them cut short and with a byte changed.
fn run(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let inputs: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!inputs.is_empty(), "{}", folder.display());
    for path in inputs {
        let bytes = std::fs::read(&path).unwrap();
        for end in 0..=bytes.len() {
            check(&bytes[..end]);
        }
        for at in 0..bytes.len() {
            for other in [0, b'%', b'&', b'=', b'"', b'\\', 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] = other;
                check(&changed);
            }
        }
    }
}

/// The same with some of the cuts and changes only: a picture takes its time.
fn run_some(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    for path in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
        let bytes = std::fs::read(&path).unwrap();
        check(&bytes);
        for at in (0..bytes.len()).step_by(23) {
            check(&bytes[..at]);
            for other in [0, 0xff] {
                let mut changed = bytes.clone();
                changed[at] = other;
                check(&changed);
            }
        }
    }
}

#[test]
fn pictures() {
    run_some("picture", targets::picture);
}

#[test]
fn authorization_requests() {
    run("authorization_request", targets::authorization_request);
}

#[test]
fn redirect_uris() {
    run("redirect_uri", targets::redirect_uri);
}

#[test]
fn registrations() {
    run("registration", targets::registration);
}

#[test]
fn request_objects() {
    run("request_object", targets::request_object);
}

#[test]
fn client_assertions() {
    run("client_assertion", targets::client_assertion);
}

#[test]
fn dpop_proofs() {
    run("dpop_proof", targets::dpop_proof);
}

#[test]
fn client_certs() {
    run("client_cert", targets::client_cert);
}

#[test]
fn jwk_sets() {
    run("jwk_set", targets::jwk_set);
}

#[test]
fn other_json() {
    run("json", targets::json);
}
