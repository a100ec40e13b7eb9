package lower

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// The limits of the services, in characters. CloudFormation stacks may have
// 128, load balancers and target groups 32, buckets 63, Snowflake identifiers
// 255, Grouparoo ids 191 (AWS and vendor documentation, November 2026).
const (
	loadBalancerLimit = 32
	bucketLimit       = 63
	accountIDLength   = 12
	snowflakeLimit    = 255
	grouparooLimit    = 191
)

// Limit shortens name to n characters where it is longer, ending it with a hash
// of the whole so that two long names stay apart.
func Limit(name string, n int) string { return resolve.Limit(name, n) }

func hash(text string, n int) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])[:n]
}

// Prefix is the pipeline's name in production and the name with the
// environment elsewhere.
func Prefix(name, env string) string {
	if env == spec.Production {
		return name
	}
	return name + "-" + env
}

// balancer is a load balancer's name: at most 32 characters, not starting with
// internal-, which AWS keeps for itself.
func balancer(prefix, suffix string) string {
	name := Limit(prefix+"-"+suffix, loadBalancerLimit)
	if strings.HasPrefix(name, "internal-") {
		name = Limit("t-"+prefix+"-"+suffix, loadBalancerLimit)
	}
	return name
}

// bucket is the first part of a bucket's name; the template appends account id
// and region.
func bucket(prefix, suffix, region string) string {
	return Limit(prefix+"-"+suffix, bucketLimit-len("-")-accountIDLength-len("-")-len(region))
}

// Upper is a word as a Snowflake name: upper case, hyphens and dots as
// underscores.
func Upper(word string) string {
	return strings.ToUpper(underscored.Replace(word))
}

// Snake is a word for dbt and Grouparoo: lower case with underscores.
func Snake(word string) string { return strings.ToLower(Upper(word)) }

func object(parts ...string) string { return Limit(Upper(strings.Join(parts, "_")), snowflakeLimit) }

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_$]*$`)

// identifier is a name that a person gave: a plain one folds to upper case as
// Snowflake folds it, any other is kept as it is and quoted.
func identifier(name string) string {
	if plainName.MatchString(name) {
		return strings.ToUpper(name)
	}
	return name
}

// ViewName is the name of a sync's view.
func ViewName(destination, sync string) string { return object("SYNC", destination, sync) }

// RawSchema is the raw schema of a source.
func RawSchema(source string) string { return object("RAW", source) }

// Staging is the dbt model that cleans a stream.
func Staging(source, stream string) string {
	return resolve.StagingName(source, stream)
}

func syncName(kind, destination, sync string) string {
	return Limit(kind+"_"+Snake(destination)+"__"+Snake(sync), snowflakeLimit)
}

func grouparooNames(destination, sync string) ir.GrouparooNames {
	id := func(suffix string) string {
		return Limit(Snake(destination)+"_"+Snake(sync)+suffix, grouparooLimit)
	}
	return ir.GrouparooNames{
		SourceApp: id("_warehouse"), App: id("_app"), Source: id("_source"), Schedule: id("_schedule"),
		Group: id("_group"), Destination: id("_destination"), PropertyPrefix: Limit(Snake(destination)+"_"+Snake(sync), 60) + "_",
	}
}

// underscored turns what a key may have into what a name in SQL may have.
var underscored = strings.NewReplacer("-", "_", ".", "_", " ", "_")
