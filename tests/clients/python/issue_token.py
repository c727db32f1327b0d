"""Creates a key set with one key, and a token for each seller, in place of an identity provider.

    python issue_token.py FOLDER SELLER...
"""

import base64
import json
import pathlib
import sys
import time

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ISSUER = "https://id.example"
AUDIENCE = "goodstanding"
SECONDS = 24 * 3600


def main():
    place = pathlib.Path(sys.argv[1])
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    x = base64.urlsafe_b64encode(public).rstrip(b"=").decode()
    keys = {"keys": [{"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": "k1", "x": x}]}
    (place / "keys.json").write_text(json.dumps(keys))
    for seller in sys.argv[2:]:
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": f"portal of {seller}",
            "exp": int(time.time()) + SECONDS,
            "role": "seller",
            "seller_ids": [seller],
        }
        token = jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": "k1"})
        (place / f"{seller}.token").write_text(token)


if __name__ == "__main__":
    main()
