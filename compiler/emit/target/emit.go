package target

import (
	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/cfn"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/target/settings"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// Emit gives target.json.
func Emit(p *ir.Pipeline) []emit.Artifact {
	data, err := of(p).JSON()
	if err != nil {
		panic("target.json: " + err.Error()) // it holds strings and a boolean
	}
	return []emit.Artifact{{Path: settings.Path, Provider: "target", Kind: "settings", Content: data, Origins: []source.Span{p.Origin}}}
}

func of(p *ir.Pipeline) settings.Settings {
	params := p.Params()
	s := settings.Settings{
		Version: settings.Version, Pipeline: p.Name, Environment: p.Env, Prefix: p.Prefix, Region: p.AWS.Region, Tags: []settings.Tag{},
		ParamPath: p.AWS.ParamPath, KeyAlias: p.AWS.Names.KeyAlias, DeployBucket: p.AWS.Buckets.Deploy,
		Stacks: []settings.Stack{
			{Name: "foundation", Stack: p.AWS.Stacks.Foundation, Template: cfn.FoundationPath},
			{Name: "ingestion", Stack: p.AWS.Stacks.Ingestion, Template: cfn.IngestionPath},
			{Name: "sync", Stack: p.AWS.Stacks.Sync, Template: cfn.SyncPath},
		},
		Secrets: []settings.Secret{},
		Made: settings.Made{GrouparooServerToken: params.Grouparoo.ServerToken, GrouparooAdminEmail: params.Grouparoo.AdminEmail,
			GrouparooAdminPassword: params.Grouparoo.AdminPassword},
		Airbyte: settings.Airbyte{Workspace: p.Ingestion.WorkspaceName, Credentials: params.Airbyte.Credentials, Access: p.Ingestion.Access != nil},
		Alerts:  p.Alerts, LogGroup: p.AWS.Names.LogGroup,
	}
	for i, t := range cfn.Templates(p) {
		for _, given := range t.Given {
			s.Stacks[i].Parameters = append(s.Stacks[i].Parameters, settings.Parameter(given))
		}
		for _, b := range t.Buckets {
			s.Stacks[i].Buckets = append(s.Stacks[i].Buckets, settings.Bucket(b))
		}
	}
	for _, t := range p.AWS.Tags {
		s.Tags = append(s.Tags, settings.Tag{Key: t.Key, Value: t.Value})
	}
	for _, x := range p.Secrets {
		s.Secrets = append(s.Secrets, settings.Secret{Name: x.Name, Param: x.Param, UsedBy: x.UsedBy})
	}
	return s
}
