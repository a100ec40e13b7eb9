package grouparoo

import (
	"embed"
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/jsonfile"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	src "github.com/tapestry-ci/tapestry-ci/compiler/source"
)

const folder = "grouparoo/"

// The files that are the same for every pipeline.
//
//go:embed image lock
var constant embed.FS

var constantFiles = []struct{ file, path, kind string }{
	{"image/Dockerfile", "Dockerfile", "image"},
	{"image/health.js", "health.js", "script"},
	{"image/keep.js", "keep.js", "script"},
	{"image/preload.js", "preload.js", "script"},
	{"image/start.js", "start.js", "script"},
	{"image/team-member.js", "config/team-member.js", "config"},
	{"lock/package.json", "package.json", "package"},
	{"lock/package-lock.json", "package-lock.json", "lockfile"},
}

// Emit gives everything that the image of Grouparoo is made of, by path.
func Emit(p *ir.Pipeline) []emit.Artifact {
	all := constants(p)
	all = append(all,
		file(p, "sbom.cdx.json", "sbom", billOfMaterials()),
		file(p, "syncs.json", "syncs", jsonFile(syncList(p))),
		file(p, "config/settings.json", "config", jsonFile([]setting{
			{Class: "setting", ID: "cluster_name", Plugin: "core", Key: "cluster-name", Value: p.Prefix},
		})),
		file(p, "config/team.json", "config", jsonFile([]team{
			{Class: "team", ID: "administrators", Name: "Administrators", Options: map[string]bool{"permissionAllRead": true, "permissionAllWrite": true}},
		})),
	)
	for i := range p.Destinations {
		d := &p.Destinations[i]
		for j := range d.Syncs {
			if s := &d.Syncs[j]; runs(d, s) {
				all = append(all, configFile(p, d, s))
			}
		}
	}
	all = append(all, imageFiles(p, all)...)
	emit.Sort(all)
	return all
}

// runs reports whether Grouparoo has to do with a sync at all.
func runs(d *ir.Destination, s *ir.Sync) bool {
	return d.Engine == "grouparoo" && d.Enabled && s.Enabled
}

func constants(p *ir.Pipeline) []emit.Artifact {
	var all []emit.Artifact
	for _, c := range constantFiles {
		content, err := constant.ReadFile(c.file)
		if err != nil {
			panic(err) // the file is part of the program
		}
		a := file(p, c.path, c.kind, content)
		if c.kind == "image" {
			a.Needs, a.Provides = []string{"stack:foundation"}, []string{"image:grouparoo"}
		}
		all = append(all, a)
	}
	return all
}

func file(p *ir.Pipeline, path, kind string, content []byte) emit.Artifact {
	return emit.Artifact{Path: folder + path, Provider: "grouparoo", Kind: kind, Content: content, Origins: valid(p.Sync.Origin, p.Origin)}
}

func configFile(p *ir.Pipeline, d *ir.Destination, s *ir.Sync) emit.Artifact {
	needs := []string{"view:" + p.Snowflake.Schemas.Syncs + "." + s.View}
	for _, name := range secretsOf(d, s) {
		needs = append(needs, "secret:"+name)
	}
	slices.Sort(needs)
	return emit.Artifact{
		Path: folder + "config/" + s.Names.Destination + ".json", Provider: "grouparoo", Kind: "config",
		Content: jsonFile(objects(p, d, s)),
		Needs:   slices.Compact(needs), Provides: []string{"sync:" + s.ID}, Origins: origins(d, s),
	}
}

// origins are the lines of a sync's file: the destination, the sync, and what
// the sync maps.
func origins(d *ir.Destination, s *ir.Sync) []src.Span {
	all := []src.Span{d.Origin, s.Origin}
	for _, c := range slices.Concat(s.Keys, s.Fields) {
		all = append(all, c.Origin)
	}
	return slices.Compact(valid(all...))
}

func valid(spans ...src.Span) []src.Span {
	return slices.DeleteFunc(spans, func(s src.Span) bool { return !s.IsValid() })
}

// jsonFile writes a value as a file. Go writes the keys of maps in order.
func jsonFile(v any) []byte {
	data, err := jsonfile.Marshal(v)
	if err != nil {
		panic(err) // only texts, numbers, booleans and maps of them are written
	}
	return data
}
