"""A small OpenID Connect provider on a real port: discovery, sign-in, token, userinfo, keys; it can be told to lie."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "maille", "un secret d’essai"


class Provider:
    """``lies`` replaces claims of the identity token; ``person`` is who signs in."""

    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.person = {"sub": "agent-1", "email": "ines@example.invalid", "given_name": "Inès", "usual_name": "R"}
        self.lies, self.forged, self.signed_userinfo, self.asked = {}, False, True, {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def signed(self, claims):
        key = self.stranger if self.forged else self.key
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": "une-cle"})

    def documents(self):
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {
            "/.well-known/openid-configuration": {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "userinfo_endpoint": f"{self.url}/userinfo",
                "jwks_uri": f"{self.url}/jwks",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            },
            "/jwks": {"keys": [public | {"kid": "une-cle", "alg": "RS256", "use": "sig"}]},
        }

    def token(self, posted):
        assert (posted["client_id"], posted["client_secret"]) == (CLIENT, SECRET)
        assert posted["code_verifier"]
        now = int(time.time())
        claims = {"iss": self.url, "sub": self.person["sub"], "aud": CLIENT, "iat": now, "exp": now + 60}
        claims |= {"nonce": self.asked["nonce"], "acr": self.asked.get("acr_values", "eidas1")} | self.lies
        claims = {name: value for name, value in claims.items() if value is not None}
        return {"access_token": "jeton", "token_type": "Bearer", "expires_in": 60, "id_token": self.signed(claims)}

    def _handler(provider):  # noqa: C901
        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args):
                return

            def say(self, body, kind="application/json", status=200, **headers):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body.encode())

            def do_GET(self):
                address = urlsplit(self.path)
                if address.path == "/authorize":
                    provider.asked = {name: values[0] for name, values in parse_qs(address.query).items()}
                    back = urlencode({"code": "un-code", "state": provider.asked["state"]})
                    self.say("", status=302, Location=f"{provider.asked['redirect_uri']}?{back}")
                elif address.path == "/userinfo":
                    person = provider.person | {"iss": provider.url, "aud": CLIENT}
                    if provider.signed_userinfo:
                        self.say(provider.signed(person), "application/jwt")
                    else:
                        self.say(json.dumps(person))
                else:
                    self.say(json.dumps(provider.documents()[address.path]))

            def do_POST(self):
                text = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self.say(json.dumps(provider.token({k: v[0] for k, v in parse_qs(text).items()})))

        return Handler
