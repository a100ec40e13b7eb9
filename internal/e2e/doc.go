// Package e2e has no code but tests. They run what compile emits, and nothing
// else, from records of the sources to the members of a destination: the
// migrations through the provider that apply uses, real dbt with the emitted
// project and profile, real Grouparoo with the emitted files, as the tasks of the
// sync stack start them.
package e2e
