package main

import (
	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/internal/langschema"
)

type schemaVerb struct{}

// Help is shown below the flags.
func (schemaVerb) Help() string {
	return `Editors with the YAML language server read it from the first line of a file:
  # yaml-language-server: $schema=schema/tapestry.schema.json

Example:
  tapestry-ci schema > tapestry.schema.json`
}

// Run prints the schema.
func (schemaVerb) Run(s stdio) error {
	data, err := langschema.Build(catalog.Embedded())
	if err != nil {
		return err
	}
	_, err = s.out.Write(data)
	return err
}
