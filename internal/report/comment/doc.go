// Package comment writes what tapestry-ci says on GitHub: plans, refusals,
// results, mistakes and drift, as Markdown for a comment of a pull request, for
// an issue and for the summary of a job. It is pure; whoever calls it talks to
// GitHub.
//
// In: a deploy.Plan, deploy.Result, deploy.Refused or diag.List, and a Context
// that says which project, commit and run it belongs to. Out: a Body. Text is
// the comment. Whole is the same without the small limits of a comment, for the
// summary of the job, where a reader finds what was left out.
//
// It must import no client, no provider, and of the compiler only diag and
// source.
//
// # What fits
//
// GitHub refuses a comment of more than 65,536 characters. Limits here count
// bytes, of which there are never fewer than characters. A body is a tree whose
// leaves are whole pieces of Markdown: a row of a table, a fenced text, an item
// of a list. What does not fit is left out by whole leaves, the least important
// first (see rank), so that every construct is closed; each list says how many
// of its own are missing, and the top says what was left out and where it is.
// A single long text is clipped where it is written.
//
// # Text of users
//
// Names, reasons, statements, errors and paths come from the pipeline file and
// from live systems. There are four forms for them, and no other way into a
// body: code (a code span), prose (words; every word that is more than letters
// becomes a code span), tagged (the same for inside <summary>, which is HTML),
// and fence. GitHub makes no mention, reference or link of what is code, and a
// number or an entity would not keep it from doing so elsewhere: it looks for
// them in the finished page. Control characters and invisible ones are shown as
// their names, and nothing reads as a command to the runner's log.
//
// # The marker
//
// The first line of a body is an HTML comment with JSON, by which the next run
// finds it again. Find looks at the first line only: what a user wrote is never
// there. Marker.Own says whether a body is to be replaced by a new one.
//
// # How it is judged
//
// Tests render every body with GitHub's own parser (tool set markdown): what is
// opened is closed, hostile text in every field changes no tag, nothing outside
// of code is a mention, a reference or a link. What the parser does not know is
// checked by its form: the labels of the Mermaid picture, and the alerts.
package comment
