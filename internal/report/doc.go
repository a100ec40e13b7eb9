// Package report shows a deploy.Plan and a deploy.Result to people: as text for
// a terminal, as JSON for programs. Package comment below writes Markdown. Every
// view reads the typed value; none reads another view.
//
// Text that comes from the pipeline file or from live systems is made inert in
// each view. Persons appear only as the salted ids that the plan holds, unless
// the plan carries their fields because they were asked for.
//
// It imports deploy and diag.
package report
