//! Commands against a secured service, and the configuration's own.

use super::pki::Authority;
use super::server::{Running, with_tokens};
use super::tokens::Signer;
use crate::support::command::{Place, program, run, stderr, stdout};

#[test]
fn commands_present_certificates_and_tokens() {
    let (authority, clients) = (Authority::new("servers"), Authority::new("clients"));
    let place = Place::new();
    let signer = Signer::ed25519("k1");
    let server = authority.server();
    let config = format!(
        "[tls]\ncertificate = '{}'\nkey = '{}'\nclient_ca = '{}'\n\
         [[auth.clients]]\nname = 'backend.example'\nrole = 'platform'\n",
        place.file("tls.crt", &server.certificate),
        place.file("tls.key", &server.key),
        place.file("clients.crt", &clients.pem),
    );
    let running = Running::start(&place, &(config + &with_tokens(&place, &[&signer])));
    let url = format!("https://{}", running.address);
    let ca = place.file("ca.crt", &authority.pem);
    let backend = clients.client(&["backend.example"]);
    let cert = place.file("backend.crt", &backend.certificate);
    let key = place.file("backend.key", &backend.key);
    let operator = place.file("operator.token", signer.operator() + "\n");
    let seller = place.file("seller.token", signer.seller(&["s1"]));

    let as_backend = [
        "--server", &url, "--ca", &ca, "--cert", &cert, "--key", &key,
    ];
    let events = "{\"review\":{\"reviewId\":\"r1\",\"marketplace\":\"m\",\"listingId\":\"l1\",\
                  \"reviewerId\":\"a1\",\"rating\":5}}\n";
    let file = place.file("events.jsonl", events);
    let out = run(&[&["import", "--format", "events", &file], &as_backend[..]].concat());
    assert!(out.status.success(), "{}", stderr(&out));
    let out = run(&[&["status"], &as_backend[..]].concat());
    assert!(stdout(&out).contains("reviews     1"), "{}", stderr(&out));
    let as_operator = ["--server", &url, "--ca", &ca, "--token-file", &operator];
    let out = run(&[
        &["report", "listing", "l1", "--marketplace", "m"],
        &as_operator[..],
    ]
    .concat());
    assert!(out.status.success(), "{}", stderr(&out));
    let as_seller = ["--server", &url, "--ca", &ca, "--token-file", &seller];
    let out = run(&[
        &["report", "listing", "l1", "--marketplace", "m"],
        &as_seller[..],
    ]
    .concat());
    assert!(
        stderr(&out).contains("does not allow it"),
        "{}",
        stderr(&out)
    );
    let out = run(&["status", "--server", &url, "--ca", &ca]);
    assert!(
        stderr(&out).contains("wants to know who calls"),
        "{}",
        stderr(&out)
    );
    // Without the authority the service is not believed.
    let out = run(&["status", "--server", &url, "--token-file", &operator]);
    assert!(!out.status.success());
    // A token does not go where others can read it.
    let out = run(&[
        "status",
        "--server",
        "http://10.0.0.1:1",
        "--token-file",
        &operator,
    ]);
    assert!(
        stderr(&out).contains("only sent over https"),
        "{}",
        stderr(&out)
    );
    let out = run(&["status", "--server", &url, "--cert", &cert]);
    assert_eq!(out.status.code(), Some(2), "{}", stderr(&out));
}

#[test]
fn unprotected_public_address_is_refused_at_start() {
    let place = Place::new();
    let signer = Signer::ed25519("k1");
    let server = Authority::new("servers").server();
    let tls = format!(
        "[tls]\ncertificate = '{}'\nkey = '{}'\n",
        place.file("tls.crt", &server.certificate),
        place.file("tls.key", &server.key),
    );
    let tokens = with_tokens(&place, &[&signer]);
    let data = place.text("data");
    for (config, missing) in [
        ("", "neither TLS nor authentication"),
        (tls.as_str(), "there is no authentication"),
        (tokens.as_str(), "there is no TLS"),
    ] {
        let file = place.file("config.toml", config);
        let out = run(&[
            "serve",
            "--config",
            &file,
            "--data",
            &data,
            "--listen",
            "0.0.0.0:0",
        ]);
        assert_eq!(out.status.code(), Some(1), "{config}");
        assert!(stderr(&out).contains(missing), "{}", stderr(&out));
        assert!(stderr(&out).contains("server.listen"), "{}", stderr(&out));
    }
    let whole = format!("[server]\nlisten = '0.0.0.0:0'\n{tls}{tokens}");
    let file = place.file("config.toml", whole);
    let out = run(&["config", "check", &file, "--files"]);
    assert!(out.status.success(), "{}", stderr(&out));
    // A key that is not this certificate's.
    place.file("tls.key", Authority::new("others").server().key);
    let out = run(&["config", "check", &file]);
    assert!(out.status.success(), "{}", stderr(&out));
    let out = run(&["config", "check", &file, "--files"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(stderr(&out).contains("tls: "), "{}", stderr(&out));
}

#[test]
fn config_check_and_show_report_faults_and_mask_secrets() {
    let place = Place::new();
    let check = |text: &str| {
        let file = place.file("config.toml", text);
        let out = run(&["config", "check", &file]);
        (out.status.code(), stderr(&out))
    };
    let cases = [
        (
            "[server]\nlisten_at = '127.0.0.1:1'\n",
            "server.listen_at is no known key; did you mean server.listen?",
        ),
        (
            "[auth.tokens]\nissuer = 'i'\n",
            "auth.tokens.audience is empty",
        ),
        (
            "[auth.tokens]\naudiance = 'a'\n",
            "did you mean auth.tokens.audience?",
        ),
        (
            "[[auth.clients]]\nname = 'a'\nrole = 'admin'\n",
            "auth.clients[0].role is \"admin\"; one of platform, seller, operator is required",
        ),
        (
            "[[auth.clients]]\nname = 'a'\nrole = 'seller'\n",
            "auth.clients[0].sellers must name sellers",
        ),
        (
            "[tls]\ncertificate = 'a'\n",
            "tls.key and certificate must be set together",
        ),
        (
            "[tls]\nclient_certificates = 'required'\n",
            "tls.client_certificates are required",
        ),
        (
            "[rate]\nseller = { per_second = -1 }\n",
            "rate.seller.per_second is integer `-1`; a whole number from 0 is required",
        ),
        (
            "[connections]\nconnections_max = 0\n",
            "connections.connections_max is 0",
        ),
        (
            "[connections]\nhandshake_max = 10\n",
            "connections.handshake_max is integer `10`",
        ),
        (
            "[web]\nallowed_origins = ['*']\n",
            "web.allowed_origins[0] is \"*\"",
        ),
        (
            "[auth.tokens]\nissuer='i'\naudience='a'\nkeys_url='http://id.example/k'\n",
            "https is required",
        ),
        ("[server\n", "is not TOML"),
    ];
    for (text, said) in cases {
        let (code, found) = check(text);
        assert_eq!(code, Some(1), "{text}");
        assert!(found.contains(said), "{text}: {found}");
    }
    // Several faults are told at once.
    let (_, found) = check("[connections]\nconnections_max = 0\n[web]\nallowed_origins = ['*']\n");
    assert!(
        found.contains("connections_max") && found.contains("allowed_origins"),
        "{found}"
    );

    let file = place.file(
        "config.toml",
        "[rate]\nseller = { per_second = 7, burst = 9 }\n",
    );
    let shown = program(&["config", "show", &file])
        .env("GOODSTANDING_SERVER__LISTEN", "127.0.0.1:4242")
        .output()
        .expect("the binary runs");
    let text = stdout(&shown);
    assert!(text.contains("listen = \"127.0.0.1:4242\""), "{text}");
    assert!(text.contains("per_second = 7"), "{text}");
    let again = place.file("shown.toml", &text);
    assert!(run(&["config", "check", &again]).status.success());
    let wrong = program(&["config", "show"])
        .env("GOODSTANDING_SERVER__LISTN", "127.0.0.1:4242")
        .output()
        .expect("the binary runs");
    assert!(
        stderr(&wrong).contains("did you mean server.listen?"),
        "{}",
        stderr(&wrong)
    );
}
