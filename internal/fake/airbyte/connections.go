package airbyte

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

func (s *Server) createConnection(body map[string]any) (int, any) {
	source, destination := s.find("source", text(body["sourceId"])), s.find("destination", text(body["destinationId"]))
	if source == nil || destination == nil {
		return 400, problem("there is no source or destination of this id")
	}
	if s.options.NoDiscovery {
		return 504, problem("the discovery of the schema took too long")
	}
	if err := s.accept(source, body); err != nil {
		return 400, problem(err.Error())
	}
	o := s.add("connection", body)
	o.body["workspaceId"] = source.body["workspaceId"]
	for name, v := range map[string]any{"status": "active", "schedule": map[string]any{"scheduleType": "manual"}, "namespaceDefinition": "destination",
		"nonBreakingSchemaUpdatesBehavior": "ignore", "name": "unnamed", "configurations": map[string]any{"streams": []any{}}} {
		if o.body[name] == nil {
			o.body[name] = v
		}
	}
	s.fillKeys(source, o)
	if s.options.SlowDiscovery && !s.timedOut[text(body["name"])] {
		s.timedOut[text(body["name"])] = true
		return 504, problem("the discovery of the schema took too long")
	}
	return 200, s.shown("connection", o)
}

func (s *Server) patchConnection(o *object, body map[string]any) (int, any) {
	source := s.find("source", text(o.body["sourceId"]))
	if err := s.accept(source, body); err != nil {
		return 400, problem(err.Error())
	}
	for name, v := range body {
		o.body[name] = v
		if name == "schedule" {
			o.zone = "" // the public API knows UTC alone
		}
	}
	s.fillKeys(source, o)
	return 200, s.shown("connection", o)
}

// accept refuses what the real server refuses.
func (s *Server) accept(source *object, body map[string]any) error {
	if schedule, ok := body["schedule"].(map[string]any); ok {
		cron, has := schedule["cronExpression"].(string)
		if schedule["scheduleType"] == "cron" && (!has || len(strings.Fields(cron)) < 6) {
			return fmt.Errorf("cron expression %q is not Quartz", cron)
		}
	}
	for _, st := range streamsOf(body) {
		known := s.known(source, st)
		if known == nil {
			return fmt.Errorf("stream %v is not in the source's schema", st["name"])
		}
		if key := keyOf(known); st["primaryKey"] != nil && len(known.PrimaryKey) > 0 && !reflect.DeepEqual(st["primaryKey"], key) {
			return fmt.Errorf("the primary key of stream %v is defined by the source", st["name"])
		}
	}
	return nil
}

// known is what the source says of a stream. A source without a catalogue has
// every stream.
func (s *Server) known(source *object, st map[string]any) *Stream {
	if source == nil {
		return nil
	}
	catalog, ok := s.options.Catalogs[text(source.body["name"])]
	if !ok {
		return &Stream{}
	}
	i := slices.IndexFunc(catalog, func(k Stream) bool { return k.Name == st["name"] && k.Namespace == text(st["namespace"]) })
	if i < 0 {
		return nil
	}
	return &catalog[i]
}

func keyOf(k *Stream) []any {
	var out []any
	for _, name := range k.PrimaryKey {
		out = append(out, []any{name})
	}
	return out
}

// fillKeys adds what the source defines, which answers hold although no request
// said it.
func (s *Server) fillKeys(source, o *object) {
	for _, st := range streamsOf(o.body) {
		if known := s.known(source, st); known != nil && len(known.PrimaryKey) > 0 {
			st["primaryKey"] = keyOf(known)
		}
	}
}

func streamsOf(body map[string]any) []map[string]any {
	c, _ := body["configurations"].(map[string]any)
	list, _ := c["streams"].([]any)
	var out []map[string]any
	for _, v := range list {
		if st, ok := v.(map[string]any); ok {
			out = append(out, st)
		}
	}
	return out
}

func shownSchedule(o *object) map[string]any {
	schedule, _ := o.body["schedule"].(map[string]any)
	out := map[string]any{}
	for name, v := range schedule {
		out[name] = v
	}
	if cron, ok := out["cronExpression"].(string); ok {
		zone := o.zone
		if zone == "" {
			zone = "UTC"
		}
		out["cronExpression"] = strings.TrimSpace(strings.TrimSuffix(cron, "UTC")) + " " + zone
	}
	return out
}
