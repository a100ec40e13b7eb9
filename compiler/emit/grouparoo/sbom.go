package grouparoo

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"sync"
)

// The parts of a CycloneDX 1.5 bill of materials that we fill.
type (
	bom struct {
		Format     string      `json:"bomFormat"`
		Version    string      `json:"specVersion"`
		Serial     int         `json:"version"`
		Metadata   bomMetadata `json:"metadata"`
		Components []component `json:"components"`
	}
	bomMetadata struct {
		Component component `json:"component"`
	}
	component struct {
		Type     string       `json:"type"`
		Ref      string       `json:"bom-ref"`
		Name     string       `json:"name"`
		Version  string       `json:"version"`
		Hashes   []hash       `json:"hashes,omitempty"`
		Licenses []licensedBy `json:"licenses,omitempty"`
		PURL     string       `json:"purl,omitempty"`
	}
	hash struct {
		Algorithm string `json:"alg"`
		Content   string `json:"content"`
	}
	licensedBy struct {
		License    *license `json:"license,omitempty"`
		Expression string   `json:"expression,omitempty"`
	}
	license struct {
		ID   string `json:"id,omitempty"`
		Name string `json:"name,omitempty"`
	}
)

// locked is one package of a lock file of npm.
type locked struct {
	Version   string          `json:"version"`
	Integrity string          `json:"integrity"`
	License   json.RawMessage `json:"license"`
}

// billOfMaterials lists every package of the lock file, once for each version.
// It is the same for every pipeline, so it is made once.
var billOfMaterials = sync.OnceValue(func() []byte {
	text, err := constant.ReadFile("lock/package-lock.json")
	if err != nil {
		panic(err) // the file is part of the program
	}
	var lock struct {
		Name, Version string
		Packages      map[string]locked
	}
	if err := json.Unmarshal(text, &lock); err != nil {
		panic(err)
	}
	var all []component
	for path, p := range lock.Packages {
		if path != "" {
			all = append(all, componentOf(path, p))
		}
	}
	slices.SortFunc(all, func(a, b component) int { return cmp.Compare(a.Ref, b.Ref) })
	all = slices.CompactFunc(all, func(a, b component) bool { return a.Ref == b.Ref })
	return jsonFile(bom{
		Format: "CycloneDX", Version: "1.5", Serial: 1, Components: all,
		Metadata: bomMetadata{component{Type: "application", Ref: lock.Name, Name: lock.Name, Version: lock.Version}},
	})
})

func componentOf(path string, p locked) component {
	name := path[strings.LastIndex(path, "node_modules/")+len("node_modules/"):]
	purl := "pkg:npm/" + strings.Replace(name, "@", "%40", 1) + "@" + p.Version
	c := component{Type: "library", Ref: purl, Name: name, Version: p.Version, PURL: purl, Licenses: licenses(p.License)}
	if algorithm, digest, ok := integrity(p.Integrity); ok {
		c.Hashes = []hash{{algorithm, digest}}
	}
	return c
}

// integrity turns npm's form of a digest (sha512-BASE64) into CycloneDX's.
func integrity(text string) (algorithm, digest string, ok bool) {
	kind, encoded, _ := strings.Cut(text, "-")
	raw, err := base64.StdEncoding.DecodeString(encoded)
	name := map[string]string{"sha1": "SHA-1", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}[kind]
	return name, hex.EncodeToString(raw), err == nil && name != ""
}

// spdx are the ids among the licences of the lock file; others are names or
// expressions. CycloneDX refuses an id that SPDX does not have.
var spdx = []string{
	"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "CC-BY-3.0", "CC-BY-4.0", "CC0-1.0", "ISC",
	"MIT", "MPL-2.0", "Python-2.0", "Unicode-DFS-2016", "Unlicense",
}

func licenses(raw json.RawMessage) []licensedBy {
	var text string
	if json.Unmarshal(raw, &text) != nil || text == "" {
		return nil
	}
	switch {
	case slices.Contains(spdx, text):
		return []licensedBy{{License: &license{ID: text}}}
	case strings.Contains(text, " OR "), strings.Contains(text, " AND "):
		return []licensedBy{{Expression: text}}
	}
	return []licensedBy{{License: &license{Name: text}}}
}
