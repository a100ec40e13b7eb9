package registry_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

// minimal makes the smallest configuration that a specification takes, from the
// specification alone: what it requires, and constants. Secrets are references.
func minimal(schema map[string]any, name string) any { return some(schema, name, nil) }

// some is minimal with optional fields, forms, items and values of enums by
// chance, where there is a chance.
func some(schema map[string]any, name string, chance *rand.Rand) any {
	if c, ok := schema["const"]; ok {
		return c
	}
	if schema["airbyte_secret"] == true {
		return "${secret.SOME_" + strings.ToUpper(regexp.MustCompile(`[^A-Za-z0-9]`).ReplaceAllString(name, "_")) + "}"
	}
	if enum, ok := schema["enum"].([]any); ok {
		return enum[pick(chance, len(enum))]
	}
	switch typeOf(schema) {
	case "object":
		return someObject(schema, chance)
	case "array":
		list := []any{}
		for i := range int(number(schema["minItems"], 0)) + pick(chance, 2) {
			item, _ := schema["items"].(map[string]any)
			list = append(list, some(item, fmt.Sprint(name, i), chance))
		}
		return list
	case "integer", "number":
		return json.Number(fmt.Sprint(min(max(number(schema["minimum"], 1), number(schema["exclusiveMinimum"], 0)+1), number(schema["maximum"], 1e9))))
	case "boolean":
		return false
	}
	return text(schema)
}

func typeOf(schema map[string]any) string {
	switch t := schema["type"].(type) {
	case string:
		return t
	case []any:
		for _, one := range t {
			if one != "null" {
				return one.(string)
			}
		}
	}
	if schema["properties"] != nil || schema["oneOf"] != nil {
		return "object"
	}
	return "string"
}

func number(v any, other float64) float64 {
	if n, ok := v.(json.Number); ok {
		x, _ := n.Float64()
		return x
	}
	return other
}

func minimalObject(schema map[string]any) map[string]any { return someObject(schema, nil) }

// pick is a number below n by chance, or zero.
func pick(chance *rand.Rand, n int) int {
	if chance == nil {
		return 0
	}
	return chance.IntN(n)
}

func someObject(schema map[string]any, chance *rand.Rand) map[string]any {
	out := map[string]any{}
	properties, _ := schema["properties"].(map[string]any)
	required, _ := schema["required"].([]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		property := properties[name].(map[string]any)
		_, constant := property["const"]
		if constant || slices.Contains(required, any(name)) || pick(chance, 3) > 0 {
			out[name] = some(property, name, chance)
		}
	}
	if forms, ok := schema["oneOf"].([]any); ok {
		form := forms[pick(chance, len(forms))].(map[string]any)
		for name, v := range someObject(form, chance) {
			out[name] = v
		}
		// The word that tells the forms apart is not always a const.
		first, _ := form["properties"].(map[string]any)
		for name, p := range first {
			if enum, ok := p.(map[string]any)["enum"].([]any); ok && len(enum) == 1 {
				out[name] = enum[0]
			}
		}
	}
	return out
}

func text(schema map[string]any) string {
	pattern, _ := schema["pattern"].(string)
	if re, err := regexp.Compile(pattern); pattern != "" && err == nil {
		for _, try := range []string{"2024-01-01T00:00:00Z", "2024-01-01T00:00:00.000Z", "2024-01-01T00:00:00.000000Z", "2024-01-01T00:00:00", "2024-01-01 00:00:00", "2024-01-01", "01-01-2024", "abc"} {
			if re.MatchString(try) {
				return try
			}
		}
		parsed, _ := syntax.Parse(pattern, syntax.Perl)
		return shortest(parsed)
	}
	switch schema["format"] {
	case "date":
		return "2024-01-01"
	case "date-time":
		return "2024-01-01T00:00:00Z"
	case "uri":
		return "https://example.com"
	}
	return "some text"
}

// shortest is a text that an expression matches.
func shortest(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune)
	case syntax.OpCharClass:
		for _, r := range "a0-A" {
			for i := 0; i < len(re.Rune); i += 2 {
				if re.Rune[i] <= r && r <= re.Rune[i+1] {
					return string(r)
				}
			}
		}
		return string(re.Rune[0])
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return "a"
	case syntax.OpConcat:
		var b strings.Builder
		for _, sub := range re.Sub {
			b.WriteString(shortest(sub))
		}
		return b.String()
	case syntax.OpAlternate, syntax.OpCapture, syntax.OpPlus:
		return shortest(re.Sub[0])
	case syntax.OpRepeat:
		return strings.Repeat(shortest(re.Sub[0]), re.Min)
	}
	return ""
}

// writeYAML writes a value, a line for each name.
func writeYAML(b *strings.Builder, v any, indent string) {
	switch x := v.(type) {
	case map[string]any:
		if len(x) == 0 {
			b.WriteString(" {}\n")
			return
		}
		b.WriteByte('\n')
		for _, name := range slices.Sorted(maps.Keys(x)) {
			key, _ := json.Marshal(name)
			fmt.Fprintf(b, "%s%s:", indent, key)
			writeYAML(b, x[name], indent+"  ")
		}
	case []any:
		if len(x) == 0 {
			b.WriteString(" []\n")
			return
		}
		b.WriteByte('\n')
		for _, item := range x {
			b.WriteString(indent + "-")
			writeYAML(b, item, indent+"  ")
		}
	default:
		text, _ := json.Marshal(v)
		fmt.Fprintf(b, " %s\n", text)
	}
}
