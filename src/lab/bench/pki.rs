//! An authority, certificates and tokens for one run on loopback. The `openssl` command makes the
//! certificates, because the service makes none.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

use crate::cli::CliError;

/// The name in the client's certificate.
pub(super) const CLIENT: &str = "backend.bench.invalid";
pub(super) const ISSUER: &str = "https://bench.invalid";
pub(super) const AUDIENCE: &str = "goodstanding";
/// Lifetime of tokens, in seconds.
const TOKEN_SECONDS: u64 = 24 * 3600;

/// Files of an authority: `ca.crt`, and `.crt` and `.key` of `server` and `client`.
pub(super) struct Pki {
    place: PathBuf,
    key: Ed25519KeyPair,
}

impl Pki {
    pub(super) fn make(place: &Path) -> Result<Self, CliError> {
        std::fs::create_dir_all(place)?;
        let authority = "-x509 -keyout ca.key -out ca.crt -days 2 -subj /CN=bench \
                         -addext basicConstraints=critical,CA:TRUE";
        openssl(place, &format!("req {NEW_KEY} {authority}"))?;
        for (name, names, usage) in [
            ("server", "DNS:localhost,IP:127.0.0.1", "serverAuth"),
            ("client", &format!("DNS:{CLIENT}"), "clientAuth"),
        ] {
            let request = format!("-keyout {name}.key -out {name}.csr -subj /CN={name}");
            openssl(place, &format!("req {NEW_KEY} {request}"))?;
            let extensions = format!("subjectAltName={names}\nextendedKeyUsage={usage}\n");
            std::fs::write(place.join("extensions"), extensions)?;
            let signed = format!(
                "x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial \
                 -out {name}.crt -days 2 -extfile extensions"
            );
            openssl(place, &signed)?;
        }
        let unusable = |_| "a key for tokens cannot be made".to_owned();
        let random = SystemRandom::new();
        let key = Ed25519KeyPair::generate_pkcs8(&random).map_err(unusable)?;
        let key = Ed25519KeyPair::from_pkcs8(key.as_ref()).map_err(|error| error.to_string())?;
        let public = URL_SAFE_NO_PAD.encode(key.public_key());
        let set = json!({"keys": [
            {"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": "bench", "x": public}
        ]});
        let pki = Self {
            place: place.to_owned(),
            key,
        };
        std::fs::write(pki.file("keys.json"), set.to_string())?;
        Ok(pki)
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.place.join(name)
    }

    /// Writes a file with a token of a role, for these sellers.
    pub(super) fn token(&self, role: &str, sellers: &[String]) -> Result<PathBuf, CliError> {
        #[allow(clippy::disallowed_methods, reason = "tokens expire by the wall clock")]
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let mut claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": role, "exp": now + TOKEN_SECONDS, "role": role
        });
        if !sellers.is_empty() {
            claims["seller_ids"] = json!(sellers);
        }
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = json!({"alg": "EdDSA", "typ": "JWT", "kid": "bench"});
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(signed.as_bytes()));
        let path = self.file(&format!("{role}.token"));
        std::fs::write(&path, format!("{signed}.{signature}"))?;
        Ok(path)
    }
}

const NEW_KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";

fn openssl(place: &Path, arguments: &str) -> Result<(), CliError> {
    let mut command = Command::new("openssl");
    command
        .args(arguments.split_whitespace())
        .current_dir(place);
    let out = command
        .output()
        .map_err(|error| format!("the openssl command is needed for certificates: {error}"))?;
    if out.status.success() {
        return Ok(());
    }
    let message = String::from_utf8_lossy(&out.stderr);
    Err(format!("openssl {arguments}: {message}").into())
}
