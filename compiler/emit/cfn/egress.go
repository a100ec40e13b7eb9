package cfn

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

func itoa(n int) string { return strconv.Itoa(n) }

// outward is the rules by which a group reaches the internet: HTTPS, and the
// ports that the given configurations name (a database as a source, say).
func outward(why string, configs ...ir.Value) []rule {
	ports := []int{httpsPort}
	for _, c := range configs {
		ports = append(ports, portsIn(c)...)
	}
	slices.Sort(ports)
	var rules []rule
	for _, port := range slices.Compact(ports) {
		rules = append(rules, rule{port: port, cidr: "0.0.0.0/0", why: why})
	}
	return rules
}

// portsIn gives every number in a configuration whose field is called port, or
// ends in _port.
func portsIn(v ir.Value) []int {
	var ports []int
	for _, f := range v.Fields {
		if f.Name == "port" || strings.HasSuffix(f.Name, "_port") {
			if n, err := strconv.Atoi(f.Value.Text); err == nil && n > 0 && n < 1<<16 {
				ports = append(ports, n)
			}
		}
		ports = append(ports, portsIn(f.Value)...)
	}
	for _, item := range v.List {
		ports = append(ports, portsIn(item)...)
	}
	return ports
}
