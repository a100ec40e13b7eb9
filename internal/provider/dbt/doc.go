// Package dbt is the provider that builds models, snapshots and sync views with
// the dbt that is installed where apply runs. Where none is, the build is left
// to the scheduled task of the sync stack.
//
// In: the artefacts below dbt/, a store (the deploy bucket), the private key that
// dbt signs in with. Out: one Change, dbt:build:<pipeline>, with the files that
// changed and what reads them; and, in the store, dbt/last.json: which files
// were built last and how that went. It imports deploy, secret, settings, and
// runs a program; it must not import a driver of the warehouse.
//
// # What is a change
//
// Whether a build is due depends on the files of the project alone: not on rows,
// which the schedule looks after, and not on whether dbt is installed, which
// differs between the job that plans and the one that applies. A build that
// failed is due until one succeeds.
//
// A model that left the project leaves its table behind, for dbt drops nothing. The
// plan after which nothing builds it lists it as kept, with the statement that
// takes it away (left.go). Records of earlier versions do not say what was made.
//
// # What dbt is given
//
// A copy of the project in a folder of its own, the private key in
// DBT_ENV_SECRET_PRIVATE_KEY, which dbt keeps out of its logs, and a short list of
// the environment's other variables: the job that applies holds every secret of
// the pipeline, and SQL of users can read what dbt can.
//
// # What is told
//
// Nodes, their states and how long they took, counts, and messages in which
// whatever a warehouse quotes is hidden, unless the project itself names it: a
// failed conversion quotes the value of somebody's row.
package dbt
