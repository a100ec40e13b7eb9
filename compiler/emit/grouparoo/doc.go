// Package grouparoo writes what the image of Grouparoo 0.5.1 is made of: the
// packages and their lock file, the Dockerfile, the scripts that start it, and
// one configuration file a sync.
//
// In: *ir.Pipeline. Out: artefacts below grouparoo/. It imports ir and emit and
// nothing else of this module, and no values of secrets ever reach it.
//
// # Layers
//
// package.json, package-lock.json and the Dockerfile are the same for every
// pipeline and hold every plugin, so the layer with the dependencies is built
// once; a changed pipeline is a new layer with config/ and syncs.json. The copy
// of the lock file in lock/ is that of tools/grouparoo, by which the tests
// install the same packages; a test keeps them equal.
//
// # A sync in Grouparoo
//
// Each sync has objects of its own: an app that reads Snowflake and one that
// writes the destination (Grouparoo refuses two destinations with the same app,
// type and options), a source over the sync view, a schedule on its column
// CHANGED_AT, a property for each field and one for REMOVED, a group of the
// rows that are not REMOVED, which the destination follows, one more such group
// for each tag (a group can stand for one tag only), and the destination.
// Properties are global in Grouparoo, hence the prefix.
//
// Grouparoo finds the rows of a sync by one key: the first of the sync's keys is
// the unique property. CHANGED_AT is no property: nothing reads it, and every
// property costs a row for each person of every sync.
//
// Grouparoo knows no cron. A sync whose schedule is a cron is read every hour,
// or as often as the cron fires within an hour; a sync that is read more often
// than the view changes sends nothing twice.
//
// Two things the view has to see to, because Grouparoo says nothing: a value of
// a column of type email that is no address holds back up to 500 people beside
// it (seen: their properties stay pending, no error is logged), except in the
// key column, where it only loses its own row; and a JSON value would be sent as
// "[object Object]", so it has to be text in the view.
//
// # Secrets
//
// An option of an app whose value is the name X is filled from the environment
// variable GROUPAROO_OPTION__APP__X; X is compared letter by letter, capitals
// and all. EnvName gives that name, SecretNames the secrets that a pipeline's
// containers need. It follows that no option may have, as its own value, the
// name of one of these secrets: it would be replaced.
//
// # What leaves
//
// When Grouparoo starts it marks as deleted every object that an earlier
// configuration made and the present one lacks. A destination that is deleted
// lets its group run one last time, which exports every member of it: in mode
// sync (and for plugins without modes) as removed, in the other modes without
// tags. Left alone, a sync that is renamed, switched off or taken out of the
// file would empty its audience, and nothing in the configuration can prevent
// it: the destination has to stay in the file to stay tracked, and taking its
// group away has the same effect as deleting it.
//
// So start.js runs keep.js first. It takes the group away from each destination
// that is about to vanish, in Grouparoo's database; Grouparoo then drops the
// destination without exporting anything. Syncs that are off (syncs.json lists
// them) are always kept. One that is no longer listed is kept too, unless it said
// `on_destroy: remove` when it was there last, which keep.js remembers in a table
// of its own; then Grouparoo removes the members as the mode allows. One that
// another names in renamed_from is kept whatever it said.
// Grouparoo removes them with the key of the destination, so a destination that
// is on and has no sync keeps its secrets: it leaves the file in a second step.
// A sync that comes back sends everybody once more, as Grouparoo forgets what it
// had sent; removals that fell into the time between are not made up for.
//
// # The web page
//
// Whoever opens the web page of a Grouparoo without a team is made its
// administrator. team.json gives it a team without members, so nobody is; with
// GROUPAROO_ADMIN_EMAIL and GROUPAROO_ADMIN_PASSWORD in the environment that
// person may sign in.
package grouparoo
