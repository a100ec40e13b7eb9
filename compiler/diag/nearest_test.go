package diag_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
)

func TestNearest(t *testing.T) {
	keys := []string{"version", "name", "aws", "snowflake", "ingestion", "sync", "transform", "sources", "models", "destinations", "alerts", "environments"}
	connectors := []string{"mailchimp", "salesforce", "zendesk-support", "google-sheets", "postgres", "mysql", "s3", "faker", "github", "hubspot"}
	columns := []string{"Email", "FirstName", "LastName", "SystemModstamp", "IsDeleted", "Id"}
	for _, c := range []struct {
		word       string
		candidates []string
		want       string
	}{
		{"mailchip", connectors, "mailchimp"},
		{"mialchimp", connectors, "mailchimp"},
		{"MailChimp", connectors, "mailchimp"},
		{"zendesk_support", connectors, "zendesk-support"},
		{"zendesksupport", connectors, "zendesk-support"},
		{"google sheets", connectors, "google-sheets"},
		{"postgress", connectors, "postgres"},
		{"sale-force", connectors, "salesforce"},
		{"S3", connectors, "s3"},
		{"oracle", connectors, ""},
		{"x", connectors, ""},
		{"", connectors, ""},
		{"nmae", keys, "name"},
		{"nam", keys, "name"},
		{"model", keys, "models"},
		{"source", keys, "sources"},
		{"snowflakes", keys, "snowflake"},
		{"destination", keys, "destinations"},
		{"environment", keys, "environments"},
		{"kubernetes", keys, ""},
		{"firstname", columns, "FirstName"},
		{"first_name", columns, "FirstName"},
		{"e-mail", columns, "Email"},
		{"Emial", columns, "Email"},
		{"tex", []string{"text", "date"}, "text"},
		{"naïve", []string{"naive"}, "naive"},
		{"日本話", []string{"日本語", "中国語"}, "日本語"},
		{"anything", nil, ""},
		{strings.Repeat("a", 10_000), []string{strings.Repeat("a", 9_999)}, ""},
	} {
		assert.Equal(t, c.want, diag.Nearest(c.word, c.candidates), c.word)
		backwards := slices.Clone(c.candidates)
		slices.Reverse(backwards)
		assert.Equal(t, c.want, diag.Nearest(c.word, backwards), "%s, in another order", c.word)
	}
}

// Of two that are equally near, the same one is taken whatever their order.
func TestNearest_ties(t *testing.T) {
	assert.Equal(t, "bat", diag.Nearest("xat", []string{"cat", "bat"}))
	assert.Equal(t, "bat", diag.Nearest("xat", []string{"bat", "cat"}))
	assert.Equal(t, "user_id", diag.Nearest("userid", []string{"user_id", "user-ids"}))
	assert.Equal(t, "Email", diag.Nearest("Email", []string{"email", "Email"}))
}
