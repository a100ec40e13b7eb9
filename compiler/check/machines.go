package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// checkAWS: the region is one of Amazon's (TAP501), it offers the machine, and
// the machine can run Airbyte (TAP502).
func checkAWS(p *resolve.Program, add report) {
	region, machine := p.File.AWS.Region, p.File.Ingestion.Instance
	cloud := catalog.AWS()
	where := ""
	if region.Set {
		if _, ok := cloud.Regions.Get(region.V); ok {
			where = region.V
		} else {
			add(unknownRegion(cloud, region))
		}
	}
	if machine.Set {
		checkMachine(cloud, machine, where, add)
	}
}

var zoneForm = regexp.MustCompile(`^(.*[0-9])[a-f]$`)

func unknownRegion(cloud *catalog.Cloud, region spec.Text) diag.Diagnostic {
	d := problem(UnknownRegion, region.Span, "%s is no AWS region", quote(region.V))
	d.Suggest = nearest(region.V, cloud.Regions.Keys)
	d.Detail = "Known regions: " + strings.Join(cloud.Regions.Keys, ", ") + "."
	for _, partition := range []string{"cn-", "us-gov-", "us-iso", "eusc-", "eu-isoe"} {
		if strings.HasPrefix(region.V, partition) {
			d.Message = "the AWS region " + quote(region.V) + " is in a partition of its own, which is not supported"
			d.Suggest = ""
		}
	}
	if zone := zoneForm.FindStringSubmatch(region.V); zone != nil && slices.Contains(cloud.Regions.Keys, zone[1]) {
		d.Message = quote(region.V) + " is a zone, not a region"
		d.Suggest = zone[1]
	}
	return d
}

func checkMachine(cloud *catalog.Cloud, machine spec.Text, region string, add report) {
	size, known := cloud.Machine(machine.V)
	family, _, _ := strings.Cut(machine.V, ".")
	fitting := cloud.Machines(region)
	if region == "" {
		fitting = cloud.Machines(cloud.Regions.Keys[0])
	}
	d := problem(BadInstance, machine.Span, "%s is no instance type that Airbyte can run on", quote(machine.V))
	d.Detail = fmt.Sprintf("It needs at least %d CPUs and %v GB. Families that are known: %s. t3.large is the smallest, t3.xlarge is comfortable.",
		cloud.Least.CPUs, cloud.Least.Memory, strings.Join(cloud.Families.Keys, ", "))
	switch {
	case !known && slices.Contains(cloud.ArmFamilies, family):
		d.Message = "the instance type " + quote(machine.V) + " has an ARM processor, on which Airbyte's connectors do not run"
		d.Suggest = "t3.xlarge"
	case !known:
		d.Suggest = nearest(machine.V, fitting)
	case !cloud.Least.Fits(size):
		d.Message = fmt.Sprintf("the instance type %s is too small for Airbyte: it has %d CPUs and %v GB", quote(machine.V), size.CPUs, size.Memory)
		d.Suggest = "t3.large"
	case region != "" && !slices.Contains(fitting, machine.V):
		d.Message = "the region " + region + " does not offer the instance type " + quote(machine.V)
		d.Detail = "Take one of another family, such as t3 or r5."
		d.Suggest = nearest(machine.V, fitting)
	default:
		return
	}
	add(d)
}
