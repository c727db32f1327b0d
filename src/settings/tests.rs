use std::ffi::OsString;

use super::*;
use crate::config::{Size, Span};

fn table(text: &str) -> toml::Table {
    text.parse().expect("TOML")
}

fn fault(text: &str) -> String {
    Settings::from_table(table(text))
        .expect_err("refused")
        .to_string()
}

#[test]
fn empty_settings_are_the_defaults() {
    let config = Settings::load(None, Overrides::default()).expect("defaults");
    assert_eq!(config, Settings::default());
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:7311");
}

#[test]
fn flags_override_the_environment_and_the_file() {
    let set = |name: &str, value: &str| (OsString::from(name), OsString::from(value));
    let variables = [
        set("GOODSTANDING_SERVER__LISTEN", "127.0.0.1:2"),
        set("GOODSTANDING_STORE__CACHE", "3 MiB"),
        set("GOODSTANDING_LOG", "debug"),
        set("HOME", "/"),
    ];
    let mut merged =
        table("[server]\nlisten = '127.0.0.1:1'\ninsecure = true\n[store]\ndata = '/d'");
    source::merge(
        &mut merged,
        source::environment(variables.into_iter()).expect("text"),
    );
    let flags = Overrides::default()
        .set("server.listen", Some("127.0.0.1:3"))
        .set("store.data", None::<String>);
    source::merge(&mut merged, flags.into_table());
    let config = Settings::from_table(merged).expect("valid");
    assert_eq!(config.server.listen.port(), 3);
    assert!(config.server.insecure);
    assert_eq!(config.store.cache, Size::mib(3));
    assert_eq!(config.store.data.as_deref(), Some(Path::new("/d")));
}

#[test]
fn variable_cannot_set_other_keys() {
    let variables = [(
        OsString::from("GOODSTANDING_STORE__DATA"),
        OsString::from("'/a'\ninsecure = true"),
    )];
    let read = source::environment(variables.into_iter()).expect("text");
    assert_eq!(
        read["store"]["data"].as_str(),
        Some("'/a'\ninsecure = true")
    );
}

#[test]
fn unknown_key_names_the_nearest_one() {
    let said = fault("[server]\nlisten_on = '127.0.0.1:1'");
    assert_eq!(
        said,
        "server.listen_on is no known key; did you mean server.listen?"
    );
    assert_eq!(
        fault("[sever]\nlisten = 'x'"),
        "sever is no known key; did you mean server?"
    );
    assert_eq!(
        fault("[store]\nfrobnicate_all = 1"),
        "store.frobnicate_all is no known key"
    );
}

#[test]
fn invalid_values_name_their_key() {
    let said = fault("[server]\nlisten = 'somewhere'");
    assert!(said.starts_with("server.listen "), "{said}");
    let said = fault("[server]\ninsecure = 'yes'");
    assert_eq!(
        said,
        "server.insecure is string \"yes\"; a boolean is required"
    );
    let said = fault("[store]\ncache = '1 KiB'");
    assert!(said.starts_with("store.cache is 1"), "{said}");
}

#[test]
fn values_of_another_type_state_the_required_type() {
    for (text, said) in [
        ("server = 5", "server is integer `5`; a section is required"),
        (
            "[server]\nlisten = 7311",
            "server.listen is integer `7311`; an address such as \"127.0.0.1:7311\" is required",
        ),
        (
            "[server]\nlisten = 'somewhere'",
            "server.listen is none; an address such as \"127.0.0.1:7311\" is required",
        ),
        (
            "[store]\ncache = -1",
            "store.cache is integer `-1`; a size such as \"64 MiB\", or bytes is required",
        ),
        (
            "[store]\ndata = ''",
            "store.data is empty; a directory is required",
        ),
        (
            "[store]\ndata = 5",
            "store.data is integer `5`; a path in quotes is required",
        ),
        (
            "[passes]\nshare = '0.1'",
            "passes.share is string \"0.1\"; a number is required",
        ),
        (
            "[web]\nallowed_origins = 'http://a'",
            "web.allowed_origins is string \"http://a\"; a list is required",
        ),
        (
            "[connections]\nforwarded_address = 'xff'",
            "connections.forwarded_address is \"xff\"; one of none, proxy-protocol, x-forwarded-for, \
             forwarded is required",
        ),
        (
            "[health]\nwatches_max = 0",
            "health.watches_max is 0; 1 to 10000 is allowed",
        ),
        (
            "[limits]\nwatchers_max = -1",
            "limits.watchers_max is integer `-1`; a whole number from 0 is required",
        ),
    ] {
        assert_eq!(fault(text), said);
    }
}

#[test]
fn single_key_of_a_table_keeps_the_others() {
    let config = Settings::from_table(table("[rate.seller]\nburst = 9")).expect("valid");
    let default = Settings::default().rate.seller;
    assert_eq!(config.rate.seller.burst, 9);
    assert_eq!(config.rate.seller.per_second, default.per_second);
    let variable = (
        OsString::from("GOODSTANDING_RATE__OPERATOR__PER_SECOND"),
        OsString::from("7"),
    );
    let read = source::environment([variable].into_iter()).expect("text");
    let config = Settings::from_table(read).expect("valid");
    assert_eq!(config.rate.operator.per_second, 7);
}

#[test]
fn huge_file_is_refused_without_reading_it_all() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("large");
    std::fs::write(&path, "[".repeat(2_000_000)).expect("written");
    let said = Settings::load(Some(&path), Overrides::default()).expect_err("refused");
    assert!(
        said.to_string().ends_with("has more than 1048576 bytes"),
        "{said}"
    );
    std::fs::write(&path, format!("a = {}", "[".repeat(100_000))).expect("written");
    let said = Settings::load(Some(&path), Overrides::default()).expect_err("refused");
    let said = said.to_string();
    assert!(said.contains("is not TOML") && said.len() < 4096, "{said}");
}

#[test]
fn shown_settings_can_be_loaded() {
    let config =
        Settings::from_table(table("[store]\ndata = '/d'\ncache = '3 MiB'")).expect("valid");
    let shown = config.to_toml().expect("shown");
    assert_eq!(Settings::from_table(table(&shown)).expect("valid"), config);
}

#[test]
fn keys_without_a_default_are_shown_too() {
    let shown = Settings::default().to_toml().expect("shown");
    for (section, key) in [
        ("store", "data"),
        ("tls", "client_ca"),
        ("auth", "tokens"),
        ("metrics", "listen"),
        ("telemetry", "otlp_endpoint"),
        ("privacy", "reviewer_key_file"),
        ("backup", "directory"),
    ] {
        let rest = shown.split(&format!("[{section}]\n")).nth(1);
        let inside = rest.and_then(|rest| rest.split("\n[").next());
        let line = format!("# {key} is not set");
        assert!(inside.is_some_and(|text| text.contains(&line)), "{shown}");
    }
    let set = Settings::from_table(table("[store]\ndata = '/d'")).expect("valid");
    let shown = set.to_toml().expect("shown");
    assert!(!shown.contains("# data is not set"), "{shown}");
}

#[test]
fn durations_need_units_and_secrets_are_masked() {
    let key = "0123456789abcdef".repeat(4);
    let text = format!("[passes]\nquiet = '1m 30s'\n[privacy]\nreviewer_key = '{key}'");
    let config = Settings::from_table(table(&text)).expect("valid");
    assert_eq!(config.passes.quiet, Span::seconds(90));
    assert_eq!(config.privacy.reviewer_key.reveal(), key);
    assert!(!format!("{config:?}").contains(&key));
    let shown = config.to_toml().expect("shown");
    assert!(shown.contains("1m 30s") && shown.contains("reviewer_key = \"***\""));
    assert!(!shown.contains(&key));
    for (wrong, said) in [
        ("[passes]\nquiet = 90", "passes.quiet is integer `90`"),
        (
            "[privacy]\nreviewer_key = 'hush'",
            "privacy.reviewer_key is not 64",
        ),
        (
            &format!("[privacy]\nreviewer_key_file = '/k'\nreviewer_key = '{key}'"),
            "privacy.reviewer_key is set, and so is reviewer_key_file",
        ),
    ] {
        let fault = fault(wrong);
        assert!(fault.contains(said), "{fault}");
        assert!(!fault.contains(&key) && !fault.contains("hush"), "{fault}");
    }
}
