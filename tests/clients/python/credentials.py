"""Makes what a secured service needs for a trial: an authority, certificates, a key set, tokens."""

import base64
import json
import pathlib
import subprocess
import sys
import time

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ISSUER = "https://id.example"
AUDIENCE = "goodstanding"


def certificates(place):
    def run(*arguments):
        subprocess.run(["openssl", *arguments], check=True, cwd=place, capture_output=True)

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    run("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.crt", "-days", "2",
        "-subj", "/CN=trial authority", "-addext", "basicConstraints=critical,CA:TRUE")
    for name, names, use in [
        ("server", "DNS:localhost,IP:127.0.0.1", "serverAuth"),
        ("backend", "DNS:ingest.platform.example", "clientAuth"),
    ]:
        run("req", *curve, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        (place / "extensions").write_text(
            f"subjectAltName={names}\nextendedKeyUsage={use}\nbasicConstraints=CA:FALSE\n"
        )
        run("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
            "-CAcreateserial", "-out", f"{name}.crt", "-days", "2", "-extfile", "extensions")


def tokens(place, sellers):
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    x = base64.urlsafe_b64encode(public).rstrip(b"=").decode()
    keys = {"keys": [{"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": "k1", "x": x}]}
    (place / "keys.json").write_text(json.dumps(keys))
    for seller in sellers:
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": f"portal of {seller}",
            "exp": int(time.time()) + 3600,
            "role": "seller",
            "seller_ids": [seller],
        }
        token = jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": "k1"})
        (place / f"{seller}.token").write_text(token)


def main():
    place = pathlib.Path(sys.argv[1])
    certificates(place)
    tokens(place, sys.argv[2:])


if __name__ == "__main__":
    main()
