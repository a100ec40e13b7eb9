package lower

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// Lower makes the pipeline of a checked program.
func Lower(p *resolve.Program) *ir.Pipeline {
	f := p.File
	prefix := Prefix(f.Name.V, p.Env)
	out := &ir.Pipeline{
		Name: f.Name.V, Env: p.Env, Prefix: prefix, Origin: f.Name.Span,
		AWS:       lowerAWS(f, p.Env, prefix),
		Snowflake: lowerSnowflake(f, p.Env, prefix),
		Ingestion: ir.Ingestion{Instance: f.Ingestion.Instance.Or("t3.xlarge"), Data: ir.DataPlace(f.Ingestion.Data.Or("managed")),
			Landing: ir.Landing(f.Ingestion.Landing.Or("direct")), Access: lowerAccess(f.Ingestion.Access), Origin: f.Ingestion.Span, WorkspaceName: prefix},
		Sync:      ir.SyncEngine{Data: ir.DataPlace(f.Sync.Data.Or("managed")), Access: lowerAccess(f.Sync.Access), Origin: f.Sync.Span},
		Transform: ir.Transform{Schedule: lowerSchedule(f.Transform.Schedule, "1h"), Origin: f.Transform.Span},
		Alerts:    spec.Strings(f.Alerts.Email),
	}
	for _, s := range p.Sources {
		out.Sources = append(out.Sources, lowerSource(s, out))
	}
	for _, m := range inOrder(p.Models) {
		out.Models = append(out.Models, lowerModel(m))
	}
	for _, d := range p.Destinations {
		out.Destinations = append(out.Destinations, lowerDestination(d, out))
	}
	for _, m := range p.Migrations {
		out.UserSQL = append(out.UserSQL, ir.UserSQL{Name: m.Name, SQL: m.SQL,
			Origin: source.Span{File: m.File, Start: source.Pos{Line: 1, Col: 1}, End: source.Pos{Line: 1, Col: 1}}})
	}
	slices.SortFunc(out.Sources, func(a, b ir.Source) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(out.Destinations, func(a, b ir.Destination) int { return cmp.Compare(a.ID, b.ID) })
	out.Secrets = secrets(out)
	return out
}

func lowerAWS(f *spec.File, env, prefix string) ir.AWS {
	region := f.AWS.Region.V
	a := ir.AWS{
		Region: region, Origin: f.AWS.Span, ParamPath: "/tapestry/" + f.Name.V + "/" + env,
		Tags:    []ir.Tag{{Key: "tapestry:environment", Value: env}, {Key: "tapestry:pipeline", Value: f.Name.V}},
		Network: ir.Network{CIDR: "10.20.0.0/16"},
		Stacks:  ir.Stacks{Foundation: prefix + "-foundation", Ingestion: prefix + "-ingestion", Sync: prefix + "-sync"},
		Buckets: ir.Buckets{Artifacts: bucket(prefix, "artifacts", region), State: bucket(prefix, "state", region), Landing: bucket(prefix, "landing", region),
			Deploy: bucket(prefix, "deploy", region)},
	}
	for _, t := range f.AWS.Tags.Items {
		a.Tags = append(a.Tags, ir.Tag{Key: t.Key, Value: t.Value.V})
	}
	slices.SortFunc(a.Tags, func(x, y ir.Tag) int { return cmp.Compare(x.Key, y.Key) })
	if n := f.AWS.Network; n != nil {
		a.Network = ir.Network{VPC: n.VPC.V, PrivateSubnets: spec.Strings(n.PrivateSubnets), PublicSubnets: spec.Strings(n.PublicSubnets),
			Egress: slices.Sorted(slices.Values(spec.Strings(n.Egress))), Origin: n.Span}
	}
	// A named target group cannot be replaced in place, so what would replace
	// it is part of the name.
	target := hash(a.Network.VPC, 4)
	a.Names = ir.AWSNames{
		Cluster: prefix, IngestionALB: balancer(prefix, "ingestion"), IngestionTargetGroup: balancer(prefix, "ing-"+target),
		SyncALB: balancer(prefix, "sync"), SyncTargetGroup: balancer(prefix, "syn-"+target),
		RepoGrouparoo: prefix + "/grouparoo", RepoDbt: prefix + "/dbt", LogGroup: a.ParamPath, KeyAlias: "alias/" + prefix,
		Topic: prefix + "-alerts", ScheduleGroup: prefix, BackupDocument: prefix + "-upgrade-airbyte",
	}
	return a
}

var warehouseSizes = map[string]string{
	"xsmall": "XSMALL", "small": "SMALL", "medium": "MEDIUM", "large": "LARGE", "xlarge": "XLARGE", "xxlarge": "XXLARGE",
	"xxxlarge": "XXXLARGE", "x4large": "X4LARGE", "x5large": "X5LARGE", "x6large": "X6LARGE",
}

func lowerSnowflake(f *spec.File, env, prefix string) ir.Snowflake {
	s, up := &f.Snowflake, Upper(prefix)
	enterprise := s.Edition.Or("standard") != "standard" && s.Masking.Or(true)
	schema := func(name string) string { return name }
	if s.Database.Existing.V {
		// Others may have schemas of these names in a database that was there.
		schema = func(name string) string { return up + "_" + name }
	}
	suspend := 60
	if s.Warehouse.AutoSuspend.Set {
		suspend = int(s.Warehouse.AutoSuspend.V.Seconds())
	}
	return ir.Snowflake{
		Account: s.Account.V, Enterprise: enterprise, Database: database(f, env, up), Existing: s.Database.Existing.V,
		Warehouse: ir.Warehouse{Size: warehouseSizes[s.Warehouse.Size.Or("xsmall")], AutoSuspend: suspend, Origin: s.Warehouse.Span},
		Schemas: ir.Schemas{Airbyte: schema("AIRBYTE_INTERNAL"), Analytics: schema("ANALYTICS"), Snapshots: schema("SNAPSHOTS"),
			Syncs: schema("SYNCS"), Ledger: schema("TAPESTRY"), Landing: schema("LANDING")},
		Roles:           ir.Roles{Deploy: up + "_DEPLOY", Loader: up + "_LOADER", Transformer: up + "_TRANSFORMER", Reader: up + "_READER", Plan: up + "_PLAN"},
		Users:           ir.Users{Airbyte: up + "_AIRBYTE", Dbt: up + "_DBT", Grouparoo: up + "_GROUPAROO", CI: up + "_CI", Plan: up + "_PLAN"},
		IngestWarehouse: up + "_INGEST", TransformWarehouse: up + "_TRANSFORM", SyncWarehouse: up + "_SYNC",
		Integration: up + "_LANDING", Stage: "LANDING", FileFormat: "LANDING_JSON",
		NetworkRule: "GROUPAROO_EGRESS", NetworkPolicy: up + "_GROUPAROO",
		PIITag: "PII", MaskText: "MASK_TEXT", MaskNumber: "MASK_NUMBER", MaskDate: "MASK_DATE", MaskTime: "MASK_TIME",
		Monitor: up + "_MONITOR", Origin: s.Span,
	}
}

// database is the name that was given, or one made of name and environment.
// spec gives a database that is named in the file another name outside
// production.
func database(f *spec.File, _ string, up string) string {
	if n := f.Snowflake.Database.Name; n.Set {
		return identifier(n.V)
	}
	return up
}

func lowerAccess(a *spec.Access) *ir.Access {
	if a == nil {
		return nil
	}
	return &ir.Access{Certificate: a.Certificate.V, Allow: spec.Strings(a.Allow), Origin: a.Span}
}

// inOrder puts every model after those it reads; among those that are free the
// name decides, so that the order in the file does not matter.
func inOrder(models []*resolve.Model) []*resolve.Model {
	rest := slices.Clone(models)
	slices.SortFunc(rest, func(a, b *resolve.Model) int { return cmp.Compare(a.Name, b.Name) })
	out := make([]*resolve.Model, 0, len(rest))
	placed := make(map[*resolve.Model]bool, len(rest))
	var visit func(m *resolve.Model)
	visit = func(m *resolve.Model) {
		if placed[m] {
			return
		}
		placed[m] = true
		parents := m.Parents()
		slices.SortFunc(parents, func(a, b *resolve.Model) int { return cmp.Compare(a.Name, b.Name) })
		for _, parent := range parents {
			visit(parent)
		}
		out = append(out, m)
	}
	for _, m := range rest {
		visit(m)
	}
	return out
}

// secrets lists every secret that a source or an enabled destination uses.
func secrets(p *ir.Pipeline) []ir.Secret {
	byName := map[string]*ir.Secret{}
	add := func(name, user string, at source.Span) {
		s := byName[name]
		if s == nil {
			s = &ir.Secret{Name: name, Param: p.AWS.ParamPath + "/" + name}
			byName[name] = s
		}
		if !slices.Contains(s.UsedBy, user) {
			s.UsedBy = append(s.UsedBy, user)
		}
		s.Origins = append(s.Origins, at)
	}
	for _, s := range p.Sources {
		eachSecret(s.Config, func(v ir.Value) { add(v.Secret, "source:"+s.ID, v.Origin) })
	}
	for _, d := range p.Destinations {
		if d.Enabled {
			eachSecret(d.Config, func(v ir.Value) { add(v.Secret, "destination:"+d.ID, v.Origin) })
		}
	}
	out := make([]ir.Secret, 0, len(byName))
	for _, s := range byName {
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b ir.Secret) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func eachSecret(v ir.Value, f func(ir.Value)) {
	if v.Kind == ir.SecretValue {
		f(v)
	}
	for _, item := range v.List {
		eachSecret(item, f)
	}
	for _, field := range v.Fields {
		eachSecret(field.Value, f)
	}
}
