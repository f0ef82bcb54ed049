use super::*;

#[test]
fn passkeys_belong_to_domains() {
    for (issuer, id) in [
        ("https://account.lantern.example", Some("account.lantern.example")),
        ("https://account.lantern.example:8443", Some("account.lantern.example")),
        ("http://localhost:8080", Some("localhost")),
        ("http://127.0.0.1:8080", None),
        ("https://[::1]", None),
        ("https://192.0.2.7", None),
    ] {
        let party = RelyingParty::of(issuer, "Lantern").unwrap();
        assert_eq!(party.as_ref().map(RelyingParty::id), id, "{issuer}");
    }
}

#[test]
fn questions_ask_for_what_makes_a_passkey_two_factors_and_found_without_a_name() {
    let party = RelyingParty::of("https://account.lantern.example", "Lantern").unwrap().unwrap();
    let owner = Owner { handle: [7; 16], name: "mina@lantern.example", display_name: "Mina Farouk" };
    let known = [Known { id: &[1, 2, 3], transports: vec!["internal", "hybrid", "nonsense"] }];
    let begun = party.begin_registration(&owner, &known).unwrap();
    let options: serde_json::Value = serde_json::from_str(&begun.options).unwrap();
    let asked = &options["publicKey"];
    let selection =
        serde_json::json!({"residentKey": "required", "requireResidentKey": true, "userVerification": "required"});
    assert_eq!(asked["authenticatorSelection"], selection);
    assert_eq!(asked["rp"], serde_json::json!({"id": "account.lantern.example", "name": "Lantern"}));
    assert_eq!(asked["user"]["id"], random::encode([7; 16]));
    assert_eq!(asked["attestation"], "none");
    assert_eq!(asked["excludeCredentials"][0]["transports"], serde_json::json!(["internal", "hybrid"]));
    assert_eq!(asked["challenge"], begun.challenge.as_str());
    assert_eq!(asked["timeout"], 300_000);

    let begun = party.begin_proof(&[]).unwrap();
    let options: serde_json::Value = serde_json::from_str(&begun.options).unwrap();
    assert_eq!(options["publicKey"]["allowCredentials"], serde_json::json!([]));
    assert_eq!(options["publicKey"]["userVerification"], "required");
    assert_eq!(options["publicKey"]["rpId"], "account.lantern.example");
    assert_eq!(options["publicKey"]["challenge"], begun.challenge.as_str());
    assert_eq!(options.get("mediation"), None);
    let other = party.begin_proof(&known).unwrap();
    assert_ne!(other.challenge, begun.challenge);
    let options: serde_json::Value = serde_json::from_str(&other.options).unwrap();
    assert_eq!(options["publicKey"]["allowCredentials"][0]["id"], random::encode([1, 2, 3]));
}

#[test]
fn nonsense_is_malformed() {
    let credential = |kind: &str, id: &str| {
        serde_json::json!({"id": id, "rawId": "AQID", "type": kind, "response": {
            "clientDataJSON": random::encode(r#"{"challenge":"abc"}"#), "authenticatorData": "", "signature": ""}})
        .to_string()
    };
    assert_eq!(Claimed::read(&credential("public-key", "AQID")).ok().unwrap().challenge(), "abc");
    for wrong in ["", "{}", "null", "[]", &credential("password", "AQID"), &credential("public-key", "AQIE")] {
        assert_eq!(Claimed::read(wrong).err(), Some(PasskeyFault::Malformed), "{wrong}");
    }
    for wrong in [
        &[][..],
        &[0xff],
        &[0xa1, 0x61, 0x61, 0x01],
        &[0xa1, 0x68, b'a', b'u', b't', b'h', b'D', b'a', b't', b'a', 0x41, 0],
    ] {
        assert!(FirstUse::read(wrong).is_none(), "{wrong:?}");
    }
}
