package check

import (
	"errors"
	"net/netip"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// BadEgress is about the addresses that an existing network leaves from.
const BadEgress diag.Code = "TAP513"

// checkEgress: an existing network says which addresses its traffic leaves from
// (TAP513). It has to whether or not a sync is on: the network rule, the policy
// and the token of the sync engine are made in any case.
func checkEgress(p *resolve.Program, add report) {
	n := p.File.AWS.Network
	if n == nil || lost(n.Given, "egress", n.Egress != nil) {
		return
	}
	if len(n.Egress) == 0 {
		d := problem(BadEgress, n.Span, "the network does not say which addresses its traffic leaves from")
		d.Detail = "Snowflake lets Grouparoo in from these only. Name the public addresses of its NAT gateways: egress: [203.0.113.10]."
		add(d)
	}
	seen := map[netip.Prefix]source.Span{}
	for _, address := range n.Egress {
		if address.Set {
			checkWayOut(address, seen, add)
		}
	}
}

func checkWayOut(address spec.Text, seen map[netip.Prefix]source.Span, add report) {
	prefix, err := wayOut(address.V)
	switch first, twice := seen[prefix]; {
	case err != nil:
		d := problem(BadEgress, address.Span, "%s is no IPv4 address or network", quote(address.V))
		d.Detail = "Write an address, 203.0.113.10, or a network of them, 203.0.113.0/28."
		add(d)
		return
	case prefix.Masked() != prefix:
		d := problem(BadEgress, address.Span, "%s has bits behind its mask", quote(address.V))
		d.Suggest = prefix.Masked().String()
		d.Detail = "One single address is written without a mask: " + prefix.Addr().String() + "."
		add(d)
	case prefix.Bits() == 0:
		d := problem(BadEgress, address.Span, "%s is the whole internet", quote(address.V))
		d.Detail = "The token of Grouparoo could then be used from anywhere."
		add(d)
	case twice:
		d := problem(BadEgress, address.Span, "the address %s is named twice", address.V)
		d.Related = append(d.Related, note(first, "it is first named here"))
		add(d)
	}
	seen[prefix] = address.Span
}

var errNotIPv4 = errors.New("not IPv4")

// wayOut reads an IPv4 address, with or without a mask.
func wayOut(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil {
		text = netip.PrefixFrom(addr, addr.BitLen()).String()
	}
	prefix, err := netip.ParsePrefix(text)
	if err == nil && !prefix.Addr().Is4() {
		return netip.Prefix{}, errNotIPv4
	}
	return prefix, err
}
