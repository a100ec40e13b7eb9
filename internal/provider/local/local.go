package local

import (
	"path/filepath"
	"sync"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// Name is the provider's name.
const Name = "local"

// Config says where things are.
type Config struct {
	// Dir is the folder of the pipeline file; .tapestry is made in it.
	Dir string
	// Environment is a folder below .tapestry.
	Environment string
	// Samples is the folder of the samples; Dir/samples where it is empty.
	Samples string
	// Salt makes ids of persons. Where it is empty, the one in .tapestry/salt is
	// used, which is made by the first plan.
	Salt []byte
	// Fault is called at every point at which something has just been written,
	// with the name of the point. Tests stop the process there.
	Fault func(point string)
}

// New gives the provider of the local target.
func New(c Config) []deploy.Provider {
	if c.Samples == "" {
		c.Samples = filepath.Join(c.Dir, "samples")
	}
	return []deploy.Provider{&provider{Config: c}}
}

type provider struct {
	Config
	// mu lets one use the warehouse file at a time: DuckDB has one configuration
	// for all connections of a process to a file.
	mu sync.Mutex
}

// Name is part of deploy.Provider.
func (p *provider) Name() string { return Name }

func (p *provider) home() string { return filepath.Join(p.Dir, ".tapestry") }
func (p *provider) warehouse() string {
	return filepath.Join(p.home(), p.Environment, "warehouse.duckdb")
}
func (p *provider) outbox() outbox {
	return outbox{dir: filepath.Join(p.home(), p.Environment, "outbox"), fault: p.fault}
}

func (p *provider) fault(point string) {
	if p.Fault != nil {
		p.Fault(point)
	}
}

// Ids of changes.
func tableID(name string) string { return Name + ":table:" + name }
func modelID(name string) string { return Name + ":model:" + name }
func syncID(name string) string  { return Name + ":sync:" + name }

// warehouseID names the file of the warehouse, which only a purge deletes.
const warehouseID = Name + ":warehouse:warehouse"
