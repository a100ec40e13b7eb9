package check

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// checkSnowflake: the account is named as it is today (TAP508), masking has an
// edition that can do it (TAP509), warehouses stop (TAP510) and the database has
// a name that Snowflake takes (TAP511).
func checkSnowflake(p *resolve.Program, add report) {
	s := &p.File.Snowflake
	if s.Account.Set {
		checkAccount(s.Account, add)
	}
	if s.Masking.V && s.Edition.Or("standard") == "standard" && !lost(s.Given, "edition", s.Edition.Set) {
		d := problem(MaskingEdition, s.Masking.Span, "masking needs another edition of Snowflake than standard")
		d.Detail = "Masking policies came with the Enterprise edition. Set `edition: enterprise` where the account has it, or remove the line: roles then keep personal data apart."
		if s.Edition.Set {
			d.Related = append(d.Related, note(s.Edition.Span, "the edition is set here"))
		}
		add(d)
	}
	checkAutoSuspend(s.Warehouse.AutoSuspend, add)
	checkDatabase(s, add)
}

var (
	accountForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*-[A-Za-z0-9][A-Za-z0-9_-]*$`)
	dottedForm  = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9]*)\.([A-Za-z][A-Za-z0-9_]*)$`)
	accountURL  = regexp.MustCompile(`(?i)([a-z][a-z0-9]*-[a-z0-9_-]+?)(\.privatelink)?\.snowflakecomputing\.com`)
	locatorForm = regexp.MustCompile(`(?i)^[a-z]{2,3}[0-9]{4,6}(\.[a-z0-9-]+)*$`)
)

func checkAccount(account spec.Text, add report) {
	text := account.V
	if accountForm.MatchString(text) {
		return
	}
	d := problem(BadAccount, account.Span, "%s is no account identifier", quote(text))
	d.Detail = "It is the name of the organisation, a hyphen, and the name of the account: myorg-account1. In Snowflake: SELECT CURRENT_ORGANIZATION_NAME() || '-' || CURRENT_ACCOUNT_NAME();"
	host := accountURL.FindStringSubmatch(text)
	dotted := dottedForm.FindStringSubmatch(text)
	switch {
	case host != nil:
		d.Message = "the account is given as an address"
		d.Suggest = host[1]
	case strings.Contains(text, "://") || strings.Contains(strings.ToLower(text), "snowflakecomputing.com"):
		d.Message = "the account is given as an address"
	case locatorForm.MatchString(text):
		d.Message = quote(text) + " is an account locator of the old form"
	case dotted != nil:
		d.Suggest = dotted[1] + "-" + dotted[2]
	}
	add(d)
}

func checkAutoSuspend(t spec.Duration, add report) {
	if !t.Set || t.V >= time.Minute && t.V <= 24*time.Hour {
		return
	}
	d := problem(BadAutoSuspend, t.Span, "auto_suspend is %s, but must be from 60s to 24h", t.Text)
	d.Suggest = "24h"
	if t.V < time.Minute {
		d.Suggest = "60s"
	}
	d.Detail = "Snowflake bills at least a minute each time a warehouse starts, and one that does not stop costs money day and night."
	add(d)
}

// ownDatabases belong to Snowflake.
var ownDatabases = []string{"SNOWFLAKE", "SNOWFLAKE_SAMPLE_DATA", "UTIL_DB", "SNOWFLAKE_LEARNING_DB"}

const identifierLimit = 255

func checkDatabase(s *spec.Snowflake, add report) {
	name := s.Database.Name
	why := ""
	switch {
	case !name.Set:
		if s.Database.Existing.V && !s.Database.Given.Has("name") {
			d := problem(BadDatabase, s.Database.Existing.Span, "an existing database needs its name")
			d.Detail = "Say which one: database: {name: ANALYTICS, existing: true}."
			add(d)
		}
		return
	case name.V == "":
		why = "It is empty."
	case len([]rune(name.V)) > identifierLimit:
		why = "It has more than 255 characters."
	case slices.Contains(ownDatabases, strings.ToUpper(name.V)):
		why = "It belongs to Snowflake."
	case strings.ContainsFunc(name.V, func(r rune) bool { return r < ' ' || r == 0x7f }):
		why = "It has control characters."
	}
	if why != "" {
		d := problem(BadDatabase, name.Span, "%s cannot be the name of the database", quote(name.V))
		d.Detail = why
		add(d)
	}
}
