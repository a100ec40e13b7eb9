package deploy

// Action is what happens to one object.
type Action string

// The actions.
const (
	Create  Action = "create"
	Update  Action = "update"
	Replace Action = "replace" // taken away and made anew
	Delete  Action = "delete"
	// Keep says that an object which left the file stays, since it holds data.
	Keep Action = "keep"
	// Deferred says that it is not known yet what happens, because something
	// has to exist first. Apply plans it again then, and may only create.
	Deferred Action = "deferred"
	// Blocked says that a guard forbids it. Apply stops before it.
	Blocked Action = "blocked"
)

// Risk says what a change can cost.
type Risk string

// The risks, from least to most.
const (
	Safe        Risk = "safe"
	Disruptive  Risk = "disruptive"  // a restart, a full re-sync, removed members within the guard
	Destructive Risk = "destructive" // data can be lost; needs --allow with the change's id
)

// Change is one object that would change.
type Change struct {
	// ID is stable: provider:kind:name, such as local:sync:mailchimp.newsletter.
	ID       string `json:"id"`
	Provider string `json:"provider"`
	Kind     string `json:"kind"` // table, model, sync, stack, role, …
	Name     string `json:"name"`
	Action   Action `json:"action"`
	Risk     Risk   `json:"risk"`
	// Reason says why, in one line: the file it comes from changed, rows
	// changed, it is not there.
	Reason string `json:"reason"`
	// Fields are what changes within the object. Values are never secrets and
	// never personal data.
	Fields []FieldChange `json:"fields,omitempty"`
	// Effect counts what the change does, where it can be counted.
	Effect *Effect `json:"effect,omitempty"`
	// DependsOn are ids of changes that must be done first.
	DependsOn []string `json:"dependsOn,omitempty"`
	// Needs and Provides are in the words of artefacts: stack:foundation,
	// secret:X. Build turns what one change needs and others provide into
	// DependsOn, so that no provider has to know the ids of another.
	Needs    []string `json:"-"`
	Provides []string `json:"-"`
	// Statement is the SQL that will be run, where the change is one statement.
	Statement string `json:"statement,omitempty"`
	// Aside says that the change is no part of what is reviewed, nor of the
	// plan's digest, because a job that only reads cannot see it: a rotated
	// secret, the bucket that keeps the ledger.
	Aside bool `json:"aside,omitempty"`
	// Content is a digest over everything that Apply would use, so that two
	// plans with the same changes but other content differ.
	Content string `json:"content,omitempty"`
	// Next says how to go on where Action is Blocked or Deferred, and what else
	// there is to do where Risk is not Safe.
	Next string `json:"next,omitempty"`
	// Origins are lines of the pipeline file, as file:line. They are no part of
	// the plan's digest: moving a line changes nothing.
	Origins []string `json:"origins,omitempty"`
}

// FieldChange is one property before and after.
type FieldChange struct {
	Path   string `json:"path"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
	// Affects is what reads the property, such as the models, syncs and fields
	// downstream of a column: model:people.email, sync:mailchimp.news.FNAME.
	Affects []string `json:"affects,omitempty"`
}

// Effect counts rows and members. Zero counts are left out of every view.
type Effect struct {
	RowsIn  int `json:"rowsIn,omitempty"`
	RowsOut int `json:"rowsOut,omitempty"`
	Created int `json:"created,omitempty"`
	Changed int `json:"changed,omitempty"`
	Removed int `json:"removed,omitempty"`
	Kept    int `json:"kept,omitempty"` // left the model, stay at the destination
	// Moves says that the counts are of what moves by itself, so that they are no
	// part of the plan's digest.
	Moves bool `json:"moves,omitempty"`
	// Unchanged members or rows.
	Unchanged int `json:"unchanged,omitempty"`
	// Merged counts rows that share a key with another, Dropped those without
	// a key.
	Merged  int `json:"merged,omitempty"`
	Dropped int `json:"dropped,omitempty"`
	// Rejected counts rows that the destination would refuse, by reason.
	Rejected []Count `json:"rejected,omitempty"`
	// ChangedFields counts changed members by field.
	ChangedFields []Count `json:"changedFields,omitempty"`
	// Samples are salted ids of some members, by what happens to them. They are
	// no part of the plan's digest.
	Samples []Sample `json:"samples,omitempty"`
}

// Count is a number with what it counts.
type Count struct {
	Name string `json:"name"`
	N    int    `json:"n"`
}

// Sample is one member that an effect concerns: a salted id, and, only where
// the person asked for rows on a terminal, its fields.
type Sample struct {
	Event  string        `json:"event"` // create, change, remove, reject
	Member string        `json:"member"`
	Fields []FieldChange `json:"-"`
}

// Empty reports whether the change does nothing that Apply would have to do.
func (c Change) Empty() bool { return c.Action == Keep }
