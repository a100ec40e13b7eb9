package settings

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/jsonfile"
)

// Path is where the file is below the build folder.
const Path = "target.json"

// Version of the form. It changes when a reader of the old form would go wrong.
const Version = 1

// Settings are the names and places of one pipeline in one environment.
type Settings struct {
	Version     int    `json:"version"`
	Pipeline    string `json:"pipeline"`
	Environment string `json:"environment"`
	// Prefix begins the name of every resource: rain-shield, or
	// rain-shield-staging outside production.
	Prefix string `json:"prefix"`
	Region string `json:"region"`
	Tags   []Tag  `json:"tags"` // of everything that can have tags, by key

	// ParamPath is the folder of all SSM parameters, without a slash at its end;
	// KeyAlias the key that the foundation stack makes and that encrypts them.
	ParamPath string `json:"param_path"`
	KeyAlias  string `json:"key_alias"`
	// DeployBucket is the first part of the name of the bucket for ledger, lock
	// and large templates; the rest is "-<account id>-<region>".
	DeployBucket string `json:"deploy_bucket"`

	Stacks  []Stack  `json:"stacks"` // in the order in which they are made
	Secrets []Secret `json:"secrets"`
	// Made are the parameters whose values apply makes by itself.
	Made    Made    `json:"made"`
	Airbyte Airbyte `json:"airbyte"`
	// Alerts are e-mail addresses.
	Alerts []string `json:"alerts,omitempty"`
	// LogGroup is the first part of the names of all log groups.
	LogGroup string `json:"log_group"`
}

// Tag is a key with its value.
type Tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Stack is one CloudFormation stack.
type Stack struct {
	Name     string `json:"name"`     // foundation, ingestion, sync
	Stack    string `json:"stack"`    // rain-shield-foundation
	Template string `json:"template"` // path of the artefact
	// Parameters are those that apply gives; every other one has the template's
	// default.
	Parameters []Parameter `json:"parameters,omitempty"`
	// Buckets stay when the stack goes, and are taken up by a stack that is made
	// again.
	Buckets []Bucket `json:"buckets,omitempty"`
}

// Parameter is a parameter of a template and where its value comes from:
//
//   - image.NAME, snowflake.integration.principal and the like: an output of
//     another provider
//   - ami:NAME: the machine image that an SSM parameter of Amazon names, found
//     once and kept
//   - abctl:VERSION:ARCHITECTURE: the SHA-256 of that archive of abctl
type Parameter struct {
	Name string `json:"name"`
	From string `json:"from"`
}

// Bucket is a bucket of a stack that is never deleted.
type Bucket struct {
	ID string `json:"id"` // logical id; that of its policy is the same and "Policy"
	// Name is its first part; the rest is "-<account id>-<region>".
	Name string `json:"name"`
}

// Secret is one ${secret.X} of the file and where it is stored.
type Secret struct {
	Name  string `json:"name"`
	Param string `json:"param"`
	// UsedBy names what gets it: source:zoom, destination:mailchimp.
	UsedBy []string `json:"used_by"`
}

// Made are names of SSM parameters.
type Made struct {
	GrouparooServerToken   string `json:"grouparoo_server_token"`
	GrouparooAdminEmail    string `json:"grouparoo_admin_email"`
	GrouparooAdminPassword string `json:"grouparoo_admin_password"`
}

// Airbyte says how Airbyte's API is reached.
type Airbyte struct {
	Workspace string `json:"workspace"`
	// Credentials is the SSM parameter that the machine writes: the API client's
	// id and its secret.
	Credentials string `json:"credentials"`
	// Access says that a load balancer stands before it; else the way is a tunnel.
	Access bool `json:"access"`
}

// JSON writes the file.
func (s Settings) JSON() ([]byte, error) { return jsonfile.Marshal(s) }

// Parse reads a file and refuses one of another form.
func Parse(data []byte) (Settings, error) {
	var s Settings
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return Settings{}, fmt.Errorf("%s cannot be read: %w", Path, err)
	}
	if s.Version != Version {
		return Settings{}, fmt.Errorf("%s has form %d, and this version reads form %d: compile again", Path, s.Version, Version)
	}
	return s, nil
}

// StackOf gives the stack of that name, such as foundation.
func (s Settings) StackOf(name string) (Stack, bool) {
	for _, stack := range s.Stacks {
		if stack.Name == name {
			return stack, true
		}
	}
	return Stack{}, false
}
