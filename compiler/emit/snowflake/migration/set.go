package migration

// Version of the form. It changes when a reader of the old form would go wrong.
const Version = 1

// Set is a whole set-up.
type Set struct {
	Version  int      `json:"version"`
	Account  string   `json:"account"`
	Database Database `json:"database"`
	// Deploy is the role that applies the set, Warehouse the one in which it
	// writes the ledger.
	Deploy string `json:"deploy"`
	// Plan is who may look at everything and change nothing.
	Plan       Login       `json:"plan"`
	Warehouse  string      `json:"warehouse"`
	Ledger     Object      `json:"ledger"`
	Statements []Statement `json:"statements"`
	// Syncs are those that read the views: whoever applies the set remembers them,
	// so that a later plan can say what becomes of the members of one that left.
	Syncs []Sync `json:"syncs,omitempty"`
	// Secrets are those that the containers get which run the syncs.
	Secrets []string `json:"secrets,omitempty"`
}

// Sync is one sync, as far as its members depend on it.
type Sync struct {
	ID   string `json:"id"` // mailchimp.newsletter
	View Object `json:"view"`
	// Made is the id of the statement that makes the view.
	Made string `json:"made"`
	Mode string `json:"mode"` // upsert, update or mirror
	// OnDestroy is keep or remove. One that is off (not Enabled) removes nobody.
	OnDestroy string `json:"on_destroy"`
	Enabled   bool   `json:"enabled"`
	// Secrets are those without which the destination lets nobody in.
	Secrets []string `json:"secrets,omitempty"`
	// RenamedFrom is the id that it had before, or empty.
	RenamedFrom string `json:"renamed_from,omitempty"`
}

// Login is a user with the role that it signs in as.
type Login struct {
	User string `json:"user"`
	Role string `json:"role"`
}

// Database is where everything is.
type Database struct {
	Name     string `json:"name"`
	Existing bool   `json:"existing"` // it was there before, and stays
}

// Kind says what sort of statement it is.
type Kind string

// The kinds. KeyPair and Token are steps without SQL of their own: their text
// would hold a key or give a secret, so whoever applies the set makes it.
const (
	Use     Kind = "use"
	Create  Kind = "create"
	Alter   Kind = "alter"
	Allow   Kind = "grant"
	Tag     Kind = "tag"
	KeyPair Kind = "keypair"
	Token   Kind = "token"
)

// Statement is one call.
type Statement struct {
	// ID is made of what the statement is about and nothing else.
	ID   string `json:"id"`
	File string `json:"file,omitempty"` // the artefact it stands in; empty for a step
	// Bootstrap statements are run once by an account administrator.
	Bootstrap bool     `json:"bootstrap,omitempty"`
	Kind      Kind     `json:"kind"`
	As        string   `json:"as"`
	In        []string `json:"in,omitempty"` // database, schema
	Object    Object   `json:"object"`
	Grant     *Grant   `json:"grant,omitempty"`
	Step      *Step    `json:"step,omitempty"`

	SQL    string `json:"sql,omitempty"` // without the ; at its end
	Digest string `json:"digest"`
	// Change is run instead of SQL where the object is there and the ledger has
	// the statement with another digest, a property is not as in Want, or Check
	// gives a row, because SQL does nothing to what is there, or fails.
	Change string `json:"change,omitempty"`
	Undo   string `json:"undo,omitempty"`
	// Inputs stand as ${name} inside string constants of SQL and Change, to be
	// filled in by Resolve.
	Inputs []Input `json:"inputs,omitempty"`
	// Check is a query that gives a row where the statement has been run: then
	// Change is run instead, or nothing.
	Check string `json:"check,omitempty"`

	// WhenExists defers the statement until this object is there.
	WhenExists *Object `json:"when_exists,omitempty"`
	// RepeatAfter names what undoes the statement each time it runs.
	RepeatAfter string `json:"repeat_after,omitempty"`

	// Want are properties that the object has once the statement was run, as
	// SHOW or DESCRIBE tell them. What is not listed is not looked at.
	Want []Property `json:"want,omitempty"`

	HoldsData bool     `json:"holds_data,omitempty"`
	DependsOn []string `json:"depends_on"`
	Reason    string   `json:"reason"`
}

// Input is a value that is known only when the set is applied:
// output.foundation.EgressAddresses is an output of the foundation stack,
// bootstrap.GitHubSubject something that the administrator is asked for.
type Input struct {
	Name string `json:"name"`
	// List says that the value is a list with commas, of which each item
	// becomes a constant of its own.
	List bool `json:"list,omitempty"`
}

// Property is one line or column of SHOW or DESCRIBE, in lower case: size,
// auto_suspend, default_role. Value may hold inputs.
type Property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	// List says that the value is a list with commas whose order says nothing,
	// SQL that it is a name as SQL writes it.
	List bool `json:"list,omitempty"`
	SQL  bool `json:"sql,omitempty"`
}

// Object is anything that has a name.
type Object struct {
	Type  string   `json:"type"`            // schema, network policy, …
	Name  string   `json:"name,omitempty"`  // as SQL: RAIN_SHIELD."raw.zoom"
	Parts []string `json:"parts,omitempty"` // as stored
}

// Grant says what is allowed to whom on the statement's Object.
type Grant struct {
	Privilege   string `json:"privilege"`        // SELECT; OWNERSHIP; ROLE where the Object is a role
	Future      string `json:"future,omitempty"` // TABLES: on those to come in the Object
	GrantOption bool   `json:"grant_option,omitempty"`
	ToUser      bool   `json:"to_user,omitempty"` // a user, not a role
	To          string `json:"to"`
}

// Step is what a KeyPair or a Token needs.
type Step struct {
	User string `json:"user"`
	// Param is where the private key or the token goes, before the public key
	// is set or right after the token was made. It is the name of an SSM
	// parameter; no value is ever part of a Set.
	Param string `json:"param"`

	Name  string `json:"name,omitempty"`  // of the token
	Role  string `json:"role,omitempty"`  // that the token is bound to
	Days  int    `json:"days,omitempty"`  // until it expires
	Notes string `json:"notes,omitempty"` // for people
}

// LedgerTable is the name of the ledger in its schema.
const LedgerTable = "LEDGER"

// Place is where the ledger is, in all accounts: the account, a space, and the
// table as SQL.
func (s Set) Place() string { return s.Account + " " + s.Ledger.Name }

// Count gives how many statements of SQL a set has.
func (s Set) Count() (migrations, bootstrap int) {
	for _, st := range s.Statements {
		switch {
		case st.SQL == "":
		case st.Bootstrap:
			bootstrap++
		default:
			migrations++
		}
	}
	return migrations, bootstrap
}
