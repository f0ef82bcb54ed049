//! The command line as it is parsed.

use super::*;
use clap::CommandFactory;

fn parse(line: &str) -> Result<CommandLine, clap::Error> {
    CommandLine::try_parse_from(line.split_whitespace())
}

#[test]
fn the_commands_fit_together() {
    CommandLine::command().debug_assert();
}

#[test]
fn what_is_asked_everywhere_may_stand_anywhere() {
    for line in ["keyhouse --dev --json --config f client list", "keyhouse client list --json --config f --dev"] {
        let everywhere = parse(line).unwrap().everywhere;
        assert!(everywhere.dev && everywhere.json, "{line}");
        assert_eq!(everywhere.config.unwrap(), PathBuf::from("f"));
    }
}

#[test]
fn misuse_is_refused_before_anything_is_opened() {
    for line in [
        "keyhouse",
        "keyhouse nonsense",
        "keyhouse client add",
        "keyhouse client add --name x --auth-method client_secret",
        "keyhouse client add --name x --grant password",
        "keyhouse client add --name x --id-token-alg none",
        "keyhouse client add --name x --subject-type secret",
        "keyhouse client registration-token create --uses 0",
        "keyhouse account create --name x",
        "keyhouse account create --name x --email a@b.example --password-stdin --password-file f",
        "keyhouse account lock 123456789012",
        "keyhouse account erase",
        "keyhouse account show",
        "keyhouse account show 1 --as",
        "keyhouse account audit --limit 0",
        "keyhouse account end-sessions",
        "keyhouse migrate --down",
        "keyhouse migrate --yes",
        "keyhouse migrate --pending --down --yes",
        "keyhouse resource add --identifier u --name n",
        "keyhouse key rotate --algorithm HS256",
        "keyhouse client add --name x --jwks f --jwks-uri u",
        "keyhouse client add --name x --auth-signing-alg none",
        "keyhouse client add --name x --request-object-alg HS256",
        "keyhouse client add --name x --profile fapi1",
        "keyhouse client add --name x --authorization-alg none",
        "keyhouse backup",
        "keyhouse demo",
    ] {
        assert!(parse(line).is_err(), "{line}");
    }
}

#[test]
fn what_the_scripts_call_is_understood() {
    for line in [
        "keyhouse serve --dev --config demo/keyhouse.toml",
        "keyhouse migrate --down --yes",
        "keyhouse client add --json --name x --redirect-uri u --redirect-uri v --grant client_credentials --first-party",
        "keyhouse client add --name x --redirect-uri u --auth-method private_key_jwt --jwks-uri u --auth-signing-alg ES256",
        "keyhouse client add --name x --auth-method client_secret_jwt --request-uri u --jwks f --require-signed-request-object",
        "keyhouse client add --name x --redirect-uri u --subject-type pairwise --sector-identifier-uri v --userinfo-alg PS256",
        "keyhouse client add --name x --redirect-uri u --auth-method private_key_jwt --jwks-uri u --profile fapi2",
        "keyhouse client add --name x --profile fapi2-message-signing --authorization-alg PS256 --introspection-alg EdDSA",
        "keyhouse client add --name x --auth-method tls_client_auth --tls-client-auth-subject-dn CN=x --certificate-bound-access-tokens",
        "keyhouse client registration-token create --json --uses 3 --days 1",
        "keyhouse account create --json --name x --phone 1 --email 2 --email 3 --password-stdin",
        "keyhouse account lock 123456789012 --reason gone",
        "keyhouse account lock 123456789012 --reason gone --as alice",
        "keyhouse account unlock 123456789012 --as alice --reason back --json",
        "keyhouse account end-sessions mina@lantern.example --reason asked",
        "keyhouse account show 123456789012 --full --as alice --reason asked",
        "keyhouse account audit --json",
        "keyhouse account audit 123456789012 --limit 5",
        "keyhouse key rotate --algorithm ES256 --algorithm EdDSA",
        "keyhouse demo --data d --port 1 --cloud-port 2 --community-port 3 --notes-port 4 --management-port 5",
    ] {
        assert!(parse(line).is_ok(), "{line}");
    }
}
