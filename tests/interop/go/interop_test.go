// Package interop holds go-oidc with x/oauth2, unmodified, as a relying party.
package interop

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// browser gives where the person's browser ends up.
func browser(t *testing.T, address string) *url.URL {
	t.Helper()
	out, err := exec.Command(os.Getenv("KEYHOUSE_NODE"), os.Getenv("KEYHOUSE_VISIT"), address).Output()
	if err != nil {
		t.Fatal(err)
	}
	back, err := url.Parse(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	return back
}

func TestSignInUserinfoRefreshLogout(t *testing.T) {
	ctx := context.Background()
	provider, err := oidc.NewProvider(ctx, os.Getenv("KEYHOUSE_ISSUER"))
	if err != nil {
		t.Fatal(err)
	}
	config := oauth2.Config{
		ClientID:     os.Getenv("KEYHOUSE_CLIENT_ID"),
		ClientSecret: os.Getenv("KEYHOUSE_CLIENT_SECRET"),
		RedirectURL:  os.Getenv("KEYHOUSE_REDIRECT_URI"),
		Endpoint:     provider.Endpoint(),
		Scopes:       []string{oidc.ScopeOpenID, "profile", oidc.ScopeOfflineAccess},
	}
	verifier := oauth2.GenerateVerifier()
	address := config.AuthCodeURL("a state", oidc.Nonce("a nonce"), oauth2.S256ChallengeOption(verifier))
	back := browser(t, address).Query()
	if back.Get("state") != "a state" || back.Get("iss") != os.Getenv("KEYHOUSE_ISSUER") {
		t.Fatalf("the answer is %v", back)
	}
	token, err := config.Exchange(ctx, back.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := config.Exchange(ctx, "no code", oauth2.VerifierOption(verifier)); err == nil {
		t.Fatal("a code that never was is taken")
	}

	raw, _ := token.Extra("id_token").(string)
	idToken, err := provider.Verifier(&oidc.Config{ClientID: config.ClientID}).Verify(ctx, raw)
	if err != nil {
		t.Fatal(err)
	}
	if idToken.Nonce != "a nonce" {
		t.Fatalf("the nonce is %q", idToken.Nonce)
	}
	if err := idToken.VerifyAccessToken(token.AccessToken); err != nil {
		t.Fatal(err)
	}

	// Past its end the source fetches another by the refresh token.
	token.Expiry = token.Expiry.AddDate(-1, 0, 0)
	source := config.TokenSource(ctx, token)
	again, err := source.Token()
	if err != nil {
		t.Fatal(err)
	}
	if again.AccessToken == token.AccessToken || again.RefreshToken == token.RefreshToken {
		t.Fatal("nothing is new after the refresh")
	}
	person, err := provider.UserInfo(ctx, source)
	if err != nil {
		t.Fatal(err)
	}
	var claims struct{ Name string }
	if err := person.Claims(&claims); err != nil || person.Subject != idToken.Subject || claims.Name != "Mina Aziz" {
		t.Fatalf("userinfo gives %q %q %v", person.Subject, claims.Name, err)
	}
	signOut(t, provider, raw)
}

func signOut(t *testing.T, provider *oidc.Provider, hint string) {
	t.Helper()
	var metadata struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := provider.Claims(&metadata); err != nil {
		t.Fatal(err)
	}
	query := url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {os.Getenv("KEYHOUSE_POST_LOGOUT_REDIRECT_URI")}}
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := stay.Get(metadata.EndSession + "?" + query.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("sign-out answers %s", answer.Status)
	}
}
