package catalog

import (
	"embed"
	"strings"
	"sync"

	"github.com/tapestry-ci/tapestry-ci/compiler/decode"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

//go:embed clouds
var cloudFiles embed.FS

// Cloud is what is known of a cloud: its regions and its machines.
type Cloud struct {
	Regions  OrderedMap[Region]           `key:"regions,required" doc:"By name: us-east-1."`
	Families OrderedMap[OrderedMap[Size]] `key:"families,required" doc:"Families of instance types, with the sizes of each: m5, then large."`
	// ArmFamilies are machines that cannot run what is to run on them.
	ArmFamilies []string `key:"arm_families" doc:"Families with ARM processors."`
	Least       Size     `key:"least,required" doc:"The smallest machine that is of use."`
}

// Region is one region.
type Region struct {
	Title string   `key:"title,required" doc:"Its name for people."`
	Lacks []string `key:"lacks" doc:"Families that it does not offer."`
}

// Size is one size of a family.
type Size struct {
	CPUs   int     `key:"cpus,required"`
	Memory float64 `key:"memory,required" doc:"In GiB."`
}

// Fits reports whether a machine is at least as large as s.
func (s Size) Fits(machine Size) bool { return machine.CPUs >= s.CPUs && machine.Memory >= s.Memory }

// Machine is the instance type of that name, such as t3.xlarge, and whether it
// is known.
func (c *Cloud) Machine(name string) (Size, bool) {
	family, size, _ := strings.Cut(name, ".")
	sizes, _ := c.Families.Get(family)
	return sizes.Get(size)
}

// Machines lists the instance types of the region that are large enough.
func (c *Cloud) Machines(region string) []string {
	r, _ := c.Regions.Get(region)
	lacks := strings.Join(r.Lacks, " ") + " "
	var names []string
	for i, family := range c.Families.Keys {
		if strings.Contains(" "+lacks, " "+family+" ") {
			continue
		}
		sizes := c.Families.Values[i]
		for j, size := range sizes.Keys {
			if c.Least.Fits(sizes.Values[j]) {
				names = append(names, family+"."+size)
			}
		}
	}
	return names
}

// AWS is what is known of Amazon's cloud.
var AWS = sync.OnceValue(func() *Cloud {
	const file = "clouds/aws.yaml"
	data, err := cloudFiles.ReadFile(file)
	if err != nil {
		panic(err)
	}
	root, problems := source.Parse("catalog/"+file, data)
	list := diag.FromProblems(problems)
	cloud := new(Cloud)
	decode.Into(root, cloud, &list)
	if len(list) > 0 {
		// The file is part of the program and a test reads it.
		panic("catalog: " + file + ": " + list[0].Message)
	}
	return cloud
})
