//! JWTs that are not our access tokens, offered as such (RFC 8725, RFC 9068).

use std::time::Duration;

use aws_lc_rs::hmac;
use keyhouse::security::random;
use keyhouse::security::signing_key::SigningKey;
use keyhouse::store::clients::AccessTokenFormat;
use keyhouse::store::signing_keys::Algorithm;
use serde_json::{Value, json};

use crate::both;
use crate::harness::flows;
use crate::harness::raw;
use crate::harness::scene::Scene;

/// A compact JWS of any header and claims; `sign` makes its signature.
fn jws(header: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let message = format!("{}.{}", random::encode(header.to_string()), random::encode(claims.to_string()));
    let signature = random::encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

fn signed_by(key: &SigningKey, header: &Value, claims: &Value) -> String {
    jws(header, claims, |message| key.sign(message).unwrap())
}

/// A scene with a live JWT access token, taken apart.
struct Forge {
    scene: Scene,
    token: String,
    id_token: String,
    header: Value,
    claims: Value,
}

impl Forge {
    async fn start(database: crate::harness::database::Database) -> Self {
        let mut scene = Scene::start(database).await;
        let tokens = scene.tokens().await;
        let header = tokens.access.split('.').next().unwrap();
        let header = serde_json::from_slice(&random::decode(header).unwrap()).unwrap();
        let claims = flows::claims(&tokens.access);
        Self { scene, token: tokens.access, id_token: tokens.id, header, claims }
    }

    /// The header with some members changed; `null` takes one out.
    fn header(&self, changes: &Value) -> Value {
        merged(&self.header, changes)
    }

    /// The claims with some changed, under a name of their own: revoking them must not touch the real token.
    fn claims(&self, changes: &Value) -> Value {
        merged(&merged(&self.claims, &json!({"jti": "forged"})), changes)
    }

    /// A token made by the server's own ES256 key.
    fn ours(&self, header: &Value, claims: &Value) -> String {
        let keys = self.scene.site.app.keyring.keys();
        signed_by(keys.signing(Algorithm::Es256, self.scene.site.now()).unwrap(), header, claims)
    }

    fn parts(&self) -> [&str; 3] {
        self.token.split('.').collect::<Vec<_>>().try_into().unwrap()
    }

    /// Holds that a text is no access token anywhere, and that the real one goes on.
    async fn refused(&self, what: &str, token: &str) {
        let site = &self.scene.site;
        let answer = flows::userinfo(site, token).await;
        assert_eq!(answer.status, 401, "{what}: {}", answer.body);
        assert!(answer.header("WWW-Authenticate").contains("error=\"invalid_token\""), "{what}");
        assert!(!site.is_active(&self.scene.client, token).await, "{what}");
        let revoked = flows::as_client(site, "/oauth/revoke", &self.scene.client, &[("token", token)]).await;
        assert_eq!(revoked.status, 200, "{what}");
        assert!(site.is_active(&self.scene.client, &self.token).await, "{what}");
    }
}

fn merged(base: &Value, changes: &Value) -> Value {
    let mut merged = base.clone();
    for (name, value) in changes.as_object().unwrap() {
        merged[name] = value.clone();
    }
    merged.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    merged
}

both! {
    async fn a_token_put_together_again_is_good(database) {
        let forge = Forge::start(database).await;
        let again = forge.ours(&forge.header, &forge.claims);
        assert_eq!(flows::userinfo(&forge.scene.site, &again).await.status, 200, "or the tests below would prove nothing");
    }

    async fn unsigned_tokens_are_refused(database) {
        let forge = Forge::start(database).await;
        for alg in ["none", "None", "NONE", "nOnE", ""] {
            let header = forge.header(&json!({"alg": alg}));
            forge.refused(alg, &jws(&header, &forge.claims, |_| Vec::new())).await;
            let [_, _, signature] = forge.parts();
            let kept = jws(&header, &forge.claims, |_| random::decode(signature).unwrap());
            forge.refused(alg, &kept).await;
        }
        let [header, claims, _] = forge.parts();
        forge.refused("stripped", &format!("{header}.{claims}.")).await;
        forge.refused("cut off", &format!("{header}.{claims}")).await;
    }

    async fn a_public_key_is_no_secret(database) {
        let forge = Forge::start(database).await;
        let jwks: Value = forge.scene.browser.clone().get("/oauth/jwks").await.json();
        for jwk in jwks["keys"].as_array().unwrap() {
            let mut secrets = vec![jwk.to_string().into_bytes()];
            secrets.extend(["n", "x"].iter().filter_map(|part| jwk[part].as_str()).map(|part| part.as_bytes().to_vec()));
            secrets.extend(["n", "x"].iter().filter_map(|part| random::decode(jwk[part].as_str()?)));
            for secret in secrets {
                for alg in ["HS256", jwk["alg"].as_str().unwrap()] {
                    let header = forge.header(&json!({"alg": alg, "kid": jwk["kid"]}));
                    let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
                    let token = jws(&header, &forge.claims, |message| hmac::sign(&key, message).as_ref().to_vec());
                    forge.refused(alg, &token).await;
                }
            }
        }
    }

    async fn a_key_that_a_token_brings_along_is_ignored(database) {
        let forge = Forge::start(database).await;
        let (attacker, _) = SigningKey::generate(Algorithm::Es256).unwrap();
        let away = "https://attacker.invalid/jwks";
        let headers = [
            json!({}),
            json!({"jwk": attacker.jwk()}),
            json!({"jwk": attacker.jwk(), "kid": attacker.kid()}),
            json!({"jwk": attacker.jwk(), "kid": null}),
            json!({"jku": away, "x5u": away, "kid": attacker.kid()}),
            json!({"x5c": ["MIIB"]}),
            json!({"kid": null}),
            json!({"kid": ""}),
            json!({"kid": "../../../../dev/null"}),
            json!({"kid": raw::NASTY}),
            json!({"kid": 1}),
            json!({"kid": [forge.header["kid"]]}),
        ];
        for header in headers {
            forge.refused(&header.to_string(), &signed_by(&attacker, &forge.header(&header), &forge.claims)).await;
        }
    }

    async fn the_algorithm_is_the_keys(database) {
        let forge = Forge::start(database).await;
        let (keys, now) = (forge.scene.site.app.keyring.keys(), forge.scene.site.now());
        for signing in Algorithm::ALL {
            for claimed in Algorithm::ALL.iter().filter(|claimed| *claimed != signing) {
                let key = keys.signing(*signing, now).unwrap();
                let header = forge.header(&json!({"kid": key.kid(), "alg": claimed.as_str()}));
                forge.refused("own kid", &signed_by(key, &header, &forge.claims)).await;
                let other = keys.signing(*claimed, now).unwrap();
                let header = forge.header(&json!({"kid": other.kid(), "alg": claimed.as_str()}));
                forge.refused("other kid", &signed_by(key, &header, &forge.claims)).await;
            }
        }
    }

    async fn broken_signatures_are_refused(database) {
        let forge = Forge::start(database).await;
        let [header, claims, signature] = forge.parts();
        let raw = random::decode(signature).unwrap();
        let signatures: [(&str, Vec<u8>); 6] = [
            ("r = s = 0", vec![0; 64]),
            ("r = s = 1", [[0; 31].as_slice(), &[1], &[0; 31], &[1]].concat()),
            ("DER", der(&raw)),
            ("cut", raw[..63].to_vec()),
            ("extended", [raw.as_slice(), &[0]].concat()),
            ("halves swapped", [&raw[32..], &raw[..32]].concat()),
        ];
        for (what, signature) in signatures {
            forge.refused(what, &format!("{header}.{claims}.{}", random::encode(signature))).await;
        }
    }

    async fn changed_claims_are_refused(database) {
        let forge = Forge::start(database).await;
        let [header, _, signature] = forge.parts();
        let changes = [
            json!({"sub": "somebody-else"}), json!({"scope": "openid phone"}), json!({"exp": 4_000_000_000_u64}),
            json!({"aud": "https://files.example"}), json!({"client_id": "other"}), json!({"gnt": null}), json!({"jti": "x"}),
        ];
        for change in changes {
            let claims = random::encode(forge.claims(&change).to_string());
            forge.refused(&change.to_string(), &format!("{header}.{claims}.{signature}")).await;
        }
    }

    async fn other_tokens_of_ours_are_no_access_tokens(database) {
        let forge = Forge::start(database).await;
        forge.refused("ID token", &forge.id_token).await;
        for typ in [json!(null), json!("JWT"), json!("logout+jwt"), json!("at+jwt "), json!("application/at"), json!(["at+jwt"]), json!("")] {
            let token = forge.ours(&forge.header(&json!({"typ": typ})), &forge.claims);
            forge.refused(&typ.to_string(), &token).await;
        }
    }

    async fn signed_tokens_still_need_the_right_claims(database) {
        let forge = Forge::start(database).await;
        let (now, base) = (forge.scene.site.now().seconds(), &forge.scene.site.base);
        let changes = [
            json!({"exp": now}), json!({"exp": now - 1}), json!({"exp": null}), json!({"exp": "4000000000"}),
            json!({"iss": "https://other.example"}), json!({"iss": format!("{base}/")}), json!({"iss": null}),
            json!({"gnt": "x"}), json!({"gnt": forge.claims["jti"]}), json!({"iat": now + 61}), json!({"iat": null}),
            json!({"sub": null}), json!({"jti": null}), json!({"client_id": null}), json!({"aud": null}),
        ];
        for change in changes {
            forge.refused(&change.to_string(), &forge.ours(&forge.header, &forge.claims(&change))).await;
        }
        let critical = forge.header(&json!({"crit": ["exp"]}));
        forge.refused("crit", &forge.ours(&critical, &forge.claims)).await;
    }

    async fn what_is_no_jws_is_refused(database) {
        let forge = Forge::start(database).await;
        let [header, claims, signature] = forge.parts();
        let encrypted = random::encode(json!({"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 2_147_483_647}).to_string());
        let zipped = random::encode(json!({"alg": "dir", "enc": "A128GCM", "zip": "DEF"}).to_string());
        let padded = merged(&forge.claims, &json!({"pad": "a".repeat(9 * 1024)}));
        let deep = random::encode("[".repeat(4000));
        let json_form = json!({"protected": header, "payload": claims, "signature": signature}).to_string();
        let texts = [
            ("JWE with a costly key", format!("{encrypted}.AA.AA.AA.AA")),
            ("JWE zipped", format!("{zipped}..AA.AA.AA")),
            ("five parts", format!("{}.AA.AA", forge.token)),
            ("four parts", format!("{}.", forge.token)),
            ("leading dot", format!(".{}", forge.token)),
            ("dots", "...".to_owned()),
            ("JSON form", json_form),
            ("too long", forge.ours(&forge.header, &padded)),
            ("deep", format!("{deep}.{claims}.{signature}")),
            ("standard base64", format!("{header}=.{claims}.{signature}")),
            ("in another case", forge.token.to_ascii_uppercase()),
            ("extended", format!("{}A", forge.token)),
            ("cut", forge.token[..forge.token.len() - 1].to_owned()),
        ];
        for (what, text) in texts {
            forge.refused(what, &text).await;
        }
    }

    async fn who_wants_rs256_gets_it_and_it_works_at_every_endpoint(database) {
        let mut scene = Scene::with(database, |client| client.access_token_format = AccessTokenFormat::JwtRs256).await;
        let tokens = scene.tokens().await;
        let header = |token: &str| -> Value {
            serde_json::from_slice(&random::decode(token.split('.').next().unwrap()).unwrap()).unwrap()
        };
        let own = header(&tokens.access);
        assert_eq!((&own["alg"], &own["typ"]), (&json!("RS256"), &json!("at+jwt")));
        let keys = scene.browser.get("/oauth/jwks").await.json();
        let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == own["kid"]).unwrap();
        assert_eq!((&key["kty"], &key["alg"]), (&json!("RSA"), &json!("RS256")));
        assert_eq!(flows::userinfo(&scene.site, &tokens.access).await.status, 200);
        assert_eq!(scene.site.introspect(&scene.client, &tokens.access).await["active"], true);
        // The header does not choose: the key's algorithm is the one.
        let rest = tokens.access.split_once('.').unwrap().1;
        for algorithm in ["ES256", "PS256", "HS256", "none"] {
            let other = random::encode(merged(&own, &json!({"alg": algorithm})).to_string());
            assert_eq!(flows::userinfo(&scene.site, &format!("{other}.{rest}")).await.status, 401, "{algorithm}");
        }
    }

    async fn an_access_token_ends_after_five_minutes(database) {
        let forge = Forge::start(database).await;
        forge.scene.site.advance(Duration::from_secs(299));
        assert_eq!(flows::userinfo(&forge.scene.site, &forge.token).await.status, 200);
        forge.scene.site.advance(Duration::from_secs(1));
        assert_eq!(flows::userinfo(&forge.scene.site, &forge.token).await.status, 401);
    }

    async fn a_token_from_the_future_is_refused(database) {
        let forge = Forge::start(database).await;
        let now = forge.scene.site.now();
        forge.scene.site.app.clock.set(now.minus(Duration::from_secs(60)));
        assert_eq!(flows::userinfo(&forge.scene.site, &forge.token).await.status, 200);
        forge.scene.site.app.clock.set(now.minus(Duration::from_secs(61)));
        assert_eq!(flows::userinfo(&forge.scene.site, &forge.token).await.status, 401);
    }
}

/// An ECDSA signature as ASN.1 has it: two integers in a sequence.
fn der(raw: &[u8]) -> Vec<u8> {
    let integer = |half: &[u8]| {
        let padded = if half[0] & 0x80 == 0 { half.to_vec() } else { [&[0], half].concat() };
        [vec![2, u8::try_from(padded.len()).unwrap()], padded].concat()
    };
    let body = [integer(&raw[..32]), integer(&raw[32..])].concat();
    [vec![0x30, u8::try_from(body.len()).unwrap()], body].concat()
}
