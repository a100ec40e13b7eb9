package check

import (
	"net/netip"
	"regexp"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// checkAccess: a load balancer has a certificate of its region and someone who
// may connect (TAP506), from networks that are written as such (TAP504) and are
// not the whole internet (TAP505).
func checkAccess(p *resolve.Program, add report) {
	checkBalancer(p.File, p.File.Ingestion.Access, "ingestion", add)
	checkBalancer(p.File, p.File.Sync.Access, "sync", add)
}

func checkBalancer(f *spec.File, a *spec.Access, key string, add report) {
	if a == nil {
		return
	}
	checkCertificate(f.AWS.Region, a, key, add)
	if len(a.Allow) == 0 && (a.Allow != nil || !a.Given.Has("allow")) {
		d := problem(BadAccess, a.Span, "%s.access lets nobody in", key)
		d.Detail = "Name the networks that may connect: allow: [203.0.113.0/24]."
		add(d)
	}
	seen := map[string]source.Span{}
	for _, n := range a.Allow {
		checkCIDR(n, seen, add)
	}
}

var certificateForm = regexp.MustCompile(`^arn:aws(?:-[a-z-]+)?:acm:([a-z0-9-]+):[0-9]{12}:certificate/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

func checkCertificate(region spec.Text, a *spec.Access, key string, add report) {
	if !a.Certificate.Set {
		if !a.Given.Has("certificate") {
			d := problem(BadAccess, a.Span, "%s.access has no certificate", key)
			d.Detail = "The load balancer speaks HTTPS only. Request a certificate for the host name in AWS Certificate Manager, in the same region, and give its ARN: certificate: arn:aws:acm:…"
			add(d)
		}
		return
	}
	m := certificateForm.FindStringSubmatch(a.Certificate.V)
	switch {
	case m == nil:
		d := problem(BadAccess, a.Certificate.Span, "%s is not the ARN of a certificate", quote(a.Certificate.V))
		d.Detail = "It looks like arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef."
		add(d)
	case region.Set && m[1] != region.V:
		d := problem(BadAccess, a.Certificate.Span, "the certificate is in the region %s", m[1])
		d.Detail = "A load balancer takes certificates of its own region only. Request one in " + region.V + "."
		d.Related = append(d.Related, note(region.Span, "everything else is in %s", region.V))
		add(d)
	}
}

func checkCIDR(n spec.Text, seen map[string]source.Span, add report) {
	if !n.Set {
		return
	}
	prefix, err := netip.ParsePrefix(n.V)
	switch {
	case err != nil:
		add(noCIDR(n))
	case !prefix.Addr().Is4():
		d := problem(BadCIDR, n.Span, "%s is an IPv6 network", quote(n.V))
		d.Detail = "The load balancer has IPv4 addresses only."
		add(d)
	case prefix.Masked() != prefix:
		d := problem(BadCIDR, n.Span, "%s names an address, not a network", quote(n.V))
		d.Suggest = prefix.Masked().String()
		d.Detail = "With /" + n.V[len(prefix.Addr().String())+1:] + " the last bits of the address must be zero. One single address has /32: " + prefix.Addr().String() + "/32."
		add(d)
	case seen[n.V].File != "":
		d := problem(BadCIDR, n.Span, "the network %s is named twice", n.V)
		d.Related = append(d.Related, note(seen[n.V], "it is first named here"))
		add(d)
	case prefix.Bits() == 0:
		d := warning(OpenToAll, n.Span, "everyone on the internet may connect")
		d.Detail = "What stands behind is protected by its login page alone. Name the networks of your people: an office, a VPN."
		add(d)
	}
	seen[n.V] = n.Span
}

func noCIDR(n spec.Text) diag.Diagnostic {
	d := problem(BadCIDR, n.Span, "%s is no network", quote(n.V))
	d.Detail = "A network is an address and the number of bits that count: 203.0.113.0/24."
	if addr, err := netip.ParseAddr(n.V); err == nil && addr.Is4() {
		d.Suggest = n.V + "/32"
	}
	return d
}
