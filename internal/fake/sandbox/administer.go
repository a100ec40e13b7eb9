package sandbox

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	fakeregistry "github.com/tapestry-ci/tapestry-ci/internal/fake/registry"
)

// Subject and PlanSubject are whom the account takes GitHub's jobs for.
const (
	Subject     = "repo:acme/data:environment:production"
	PlanSubject = "repo:acme/data:environment:plan"
)

// administer runs the statements of bootstrap, and gives the user that applies a
// key.
func (s *Sandbox) administer(ctx context.Context) error {
	db, err := sql.Open("snowflake", s.Snowflake.AdminDSN("ACCOUNTADMIN"))
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // USE ROLE belongs to a connection
	if s.set.Database.Existing {
		if _, err := db.ExecContext(ctx, "CREATE DATABASE IF NOT EXISTS "+s.set.Database.Name); err != nil {
			return err
		}
	}
	user := ""
	for _, st := range s.set.Statements {
		if !st.Bootstrap {
			continue
		}
		if st, err = migration.Resolve(st, map[string]string{"bootstrap.GitHubSubject": Subject, "bootstrap.GitHubPlanSubject": PlanSubject}); err != nil {
			return err
		}
		if _, err := db.ExecContext(ctx, st.SQL); err != nil {
			return fmt.Errorf("%s: %w", st.ID, err)
		}
		if st.Grant != nil && st.Grant.ToUser && st.Object.Parts[0] == s.set.Deploy {
			user = st.Grant.To
		}
	}
	public, err := s.makeKey()
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, fmt.Sprintf(`ALTER USER "%s" SET RSA_PUBLIC_KEY = '%s'`, user, public))
	return err
}

// makeKey writes a private key and gives the public half.
func (s *Sandbox) makeKey() (string, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	s.key = filepath.Join(s.dir, "deploy.p8")
	if err := os.WriteFile(s.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600); err != nil {
		return "", err
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	return base64.StdEncoding.EncodeToString(public), err
}

// signInToRegistry writes the file in which Docker keeps its sign-ins.
func (s *Sandbox) signInToRegistry(dir string) error {
	auth := base64.StdEncoding.EncodeToString([]byte(fakeregistry.User + ":" + fakeregistry.Password))
	text, err := json.Marshal(map[string]any{"auths": map[string]any{s.Registry.Host(): map[string]string{"auth": auth}}})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "config.json"), append(text, '\n'), 0o600)
}

// Exports are the variables as lines for a shell.
func (s *Sandbox) Exports() string {
	var b strings.Builder
	for _, pair := range s.Env() {
		name, value, _ := strings.Cut(pair, "=")
		fmt.Fprintf(&b, "export %s='%s'\n", name, value)
	}
	return b.String()
}
