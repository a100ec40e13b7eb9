package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// TokenSource gives an identity token for an audience.
type TokenSource func(ctx context.Context, audience string) (secret.Value, error)

// GitHubToken gives the source of GitHub's identity tokens, where the job may
// ask for them.
func GitHubToken(lookup func(string) (string, bool)) (TokenSource, bool) {
	address, _ := lookup("ACTIONS_ID_TOKEN_REQUEST_URL")
	bearer, _ := lookup("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
	if address == "" || bearer == "" {
		return nil, false
	}
	return func(ctx context.Context, audience string) (secret.Value, error) {
		token, err := ask(ctx, address, secret.New(bearer), audience)
		if err != nil {
			return secret.Value{}, fmt.Errorf("asking GitHub for an identity token: %w", err)
		}
		return token, nil
	}, true
}

func ask(ctx context.Context, address string, bearer secret.Value, audience string) (secret.Value, error) {
	u, err := url.Parse(address)
	if err != nil {
		return secret.Value{}, fmt.Errorf("its address is none")
	}
	query := u.Query()
	query.Set("audience", audience)
	u.RawQuery = query.Encode()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return secret.Value{}, err
	}
	request.Header.Set("Authorization", "Bearer "+bearer.Reveal())
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return secret.Value{}, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return secret.Value{}, fmt.Errorf("it answers %s", answer.Status)
	}
	var body struct{ Value string }
	if err := json.NewDecoder(io.LimitReader(answer.Body, 1<<20)).Decode(&body); err != nil || body.Value == "" {
		return secret.Value{}, fmt.Errorf("its answer holds no token")
	}
	return secret.New(body.Value), nil
}
