"""Authlib's Flask client, unmodified, as a relying party: discovery, PKCE, the ID token, userinfo, refresh, logout."""

import os
import subprocess
import unittest
from urllib.parse import urlencode, urlsplit

import requests
from authlib.integrations.flask_client import OAuth
from flask import Flask, session, url_for

ISSUER = os.environ["KEYHOUSE_ISSUER"]
REDIRECT_URI = os.environ["KEYHOUSE_REDIRECT_URI"]
POST_LOGOUT = os.environ["KEYHOUSE_POST_LOGOUT_REDIRECT_URI"]


def browser(url):
    """Where the person's browser ends up."""
    visit = [os.environ["KEYHOUSE_NODE"], os.environ["KEYHOUSE_VISIT"], url]
    return subprocess.run(visit, check=True, capture_output=True, text=True).stdout.strip()


def relying_party():
    app = Flask(__name__)
    app.secret_key = os.urandom(32)
    oauth = OAuth(app)
    oauth.register(
        "keyhouse",
        client_id=os.environ["KEYHOUSE_CLIENT_ID"],
        client_secret=os.environ["KEYHOUSE_CLIENT_SECRET"],
        server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid profile email offline_access", "code_challenge_method": "S256"},
    )

    @app.get("/login")
    def login():
        return oauth.keyhouse.authorize_redirect(REDIRECT_URI)

    @app.get("/callback")
    def callback():
        return dict(oauth.keyhouse.authorize_access_token())

    return app, oauth.keyhouse


class Authlib(unittest.TestCase):
    def setUp(self):
        self.app, self.client = relying_party()
        self.visitor = self.app.test_client()

    def sign_in(self):
        sent = self.visitor.get("/login")
        self.assertEqual(sent.status_code, 302)
        back = urlsplit(browser(sent.headers["Location"]))
        answer = self.visitor.get(f"/callback?{back.query}")
        self.assertEqual(answer.status_code, 200, answer.text)
        return answer.json

    def test_signs_in_reads_userinfo_refreshes_and_signs_out(self):
        token = self.sign_in()
        # Authlib has verified the ID token by now: these are its claims.
        claims = token["userinfo"]
        self.assertEqual(claims["iss"], ISSUER)
        self.assertIn(os.environ["KEYHOUSE_CLIENT_ID"], [claims["aud"]] if isinstance(claims["aud"], str) else claims["aud"])
        with self.app.test_request_context():
            person = self.client.userinfo(token=token)
            self.assertEqual((person["sub"], person["name"]), (claims["sub"], "Mina Aziz"))
            metadata = self.client.load_server_metadata()
            with self.client._get_oauth_client(**metadata) as oauth:
                again = oauth.refresh_token(metadata["token_endpoint"], refresh_token=token["refresh_token"])
            self.assertNotEqual(again["refresh_token"], token["refresh_token"])
            self.assertEqual(self.client.userinfo(token=again)["sub"], claims["sub"])
        hint = urlencode({"id_token_hint": token["id_token"], "post_logout_redirect_uri": POST_LOGOUT, "state": "bye"})
        left = requests.get(f"{metadata['end_session_endpoint']}?{hint}", allow_redirects=False, timeout=10)
        self.assertIn(left.status_code, (200, 303))

    def test_a_replayed_answer_is_refused(self):
        sent = self.visitor.get("/login")
        back = urlsplit(browser(sent.headers["Location"]))
        self.assertEqual(self.visitor.get(f"/callback?{back.query}").status_code, 200)
        self.assertEqual(self.visitor.get(f"/callback?{back.query}").status_code, 500)


if __name__ == "__main__":
    unittest.main()
