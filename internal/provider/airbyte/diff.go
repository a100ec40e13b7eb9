package airbyte

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// comparable is the part of a document that can be held against what is live:
// without ids and secrets, with the outputs that are known.
func (d *document) comparable(outputs deploy.Outputs) map[string]any {
	body := clone(d.Body)
	for _, b := range d.Bind {
		if name, ok := strings.CutPrefix(b.From, "output:"); ok && outputs["output."+name] != "" {
			set(body, b.Pointer, outputs["output."+name])
		} else {
			drop(body, b.Pointer)
		}
	}
	for _, then := range d.Then {
		data, _ := then.Body["scheduleData"].(map[string]any)
		cron, _ := data["cron"].(map[string]any)
		if zone, ok := cron["cronTimeZone"].(string); ok {
			set(body, "/schedule/zone", zone)
		}
	}
	return body
}

// diff lists the fields that differ, among those that the document sets, and
// whether a difference makes Airbyte read everything again.
func diff(want, live map[string]any) (fields []deploy.FieldChange, reread bool) {
	want, live = flat(want), flat(live)
	for _, path := range slices.Sorted(maps.Keys(want)) {
		if before, after := want[path], live[path]; show(before) != show(after) {
			fields = append(fields, deploy.FieldChange{Path: path, Before: show(after), After: show(before)})
			existing := strings.HasPrefix(path, "stream.") && live[streamOf(path)] != nil
			reread = reread || path == "namespaceFormat" || path == "namespaceDefinition" ||
				existing && !strings.HasSuffix(path, ".selectedFields")
		}
	}
	if want["streams"] == nil {
		return fields, reread
	}
	for _, path := range slices.Sorted(maps.Keys(live)) {
		if path == streamOf(path) && want[path] == nil {
			fields = append(fields, deploy.FieldChange{Path: path, Before: "read", After: "not read"})
			reread = true
		}
	}
	return fields, reread
}

// streamOf is the entry of the stream that a path is of: stream.public.users.
// The property after it has no dot.
func streamOf(path string) string {
	if !strings.HasPrefix(path, "stream.") {
		return ""
	}
	for _, property := range []string{".syncMode", ".cursorField", ".primaryKey", ".selectedFields"} {
		if stream, ok := strings.CutSuffix(path, property); ok {
			return stream
		}
	}
	return path
}

// flat gives the leaves of a body by path. Streams go by namespace and name,
// schedules into one line.
func flat(body map[string]any) map[string]any {
	out := map[string]any{}
	for name, v := range body {
		switch name {
		case "schedule":
			out[name] = schedule(v)
		case "configurations":
			out["streams"] = true
			c, _ := v.(map[string]any)
			flatStreams(out, c["streams"])
		default:
			leaves(out, name, v)
		}
	}
	return out
}

func leaves(out map[string]any, path string, v any) {
	object, ok := v.(map[string]any)
	if !ok {
		out[path] = v
		return
	}
	for name, v := range object {
		leaves(out, path+"."+name, v)
	}
}

func flatStreams(out map[string]any, list any) {
	streams, _ := list.([]any)
	for _, v := range streams {
		st, _ := v.(map[string]any)
		path := "stream." + streamName(st)
		out[path] = "read"
		for _, property := range []string{"syncMode", "cursorField", "primaryKey", "selectedFields"} {
			if v, ok := st[property]; ok {
				if property == "selectedFields" {
					v = selected(v)
				}
				out[path+"."+property] = v
			}
		}
	}
}

func streamName(st map[string]any) string {
	name, _ := st["name"].(string)
	if namespace, _ := st["namespace"].(string); namespace != "" {
		return namespace + "." + name
	}
	return name
}

// selected is the set of the fields of the first level, in order.
func selected(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, f := range list {
		field, _ := f.(map[string]any)
		out = append(out, show(field["fieldPath"]))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// schedule is the normal form: "cron 0 0 * * * ? UTC", "manual", "basic …".
func schedule(v any) string {
	s, _ := v.(map[string]any)
	kind, _ := s["scheduleType"].(string)
	if kind != "cron" {
		timing, _ := s["basicTiming"].(string)
		return strings.TrimSpace(kind + " " + timing)
	}
	cron, _ := s["cronExpression"].(string)
	zone, _ := s["zone"].(string)
	words := strings.Fields(cron)
	// Airbyte reads a cron back with its zone behind it, UTC as well. A year, which
	// Quartz allows in the same place, has no letter and no colon.
	if n := len(words); n > 6 && strings.Trim(words[n-1], "0123456789*/,-") != "" {
		zone, words = words[n-1], words[:n-1]
	}
	if zone == "" {
		zone = "UTC"
	}
	return "cron " + strings.Join(words, " ") + " " + zone
}

func show(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}
