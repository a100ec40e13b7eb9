// Package e2e has no code but tests. They run what compile emits, and nothing
// else, from the APIs of the sources to the members of a destination.
//
// # What is real
//
// The sources' connectors check, discover and read with the emitted configuration
// and connection. The migrations go through the provider that apply uses. dbt and
// Grouparoo are started with the files that the emitted image.json name, by its
// command, with the variables of the image and of the task in the emitted sync
// stack, in the order in which data goes: load, dbt, sync. The services of the
// emitted compose file are started as processes, too, with their health checks.
//
// # What is not
//
// The vendors, Snowflake and Mailchimp are stand-ins; package load stands for
// destination Snowflake. Nobody waits for a schedule: each step is started when the
// one before it is over. Grouparoo's own clock ticks faster (testdata/pace.js).
//
// # How to read a failure
//
// A lane is one pipeline that goes through rounds, with stand-ins of its own. The
// table at the end says of each round how many members and calls were expected and
// seen, and how long its steps took.
package e2e
