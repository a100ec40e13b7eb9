package check

import (
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// report takes one diagnostic.
type report func(diag.Diagnostic)

// Rule finds one kind of mistake.
type Rule struct {
	Name  string
	Codes []diag.Code // all that it may report
	find  func(*resolve.Program, report)
}

// Rules lists all rules. The order is that of the file; the result does not
// depend on it.
func Rules() []Rule {
	return []Rule{
		{"names", []diag.Code{BadName}, checkNames},
		{"repeated names", []diag.Code{spec.RepeatedName}, checkRepeated},
		{"colliding names", []diag.Code{NamesCollide, ReservedName}, checkCollidingNames},
		{"source connectors", []diag.Code{UnknownSource, FaultyEntry}, checkSourceConnectors},
		{"destination connectors", []diag.Code{UnknownDestination, FaultyEntry}, checkDestinationConnectors},
		{"connector config", configCodes, checkConfigs},
		{"streams", []diag.Code{UnknownStream, NoColumns, NotInCatalogue}, checkStreams},
		{"column types", []diag.Code{UnknownType}, checkColumnTypes},
		{"sync modes", []diag.Code{BadSyncMode, MissingCursor, MissingKeyOfRow}, checkSyncModes},
		{"columns of streams", []diag.Code{NoSuchColumn, UnfitColumn}, checkStreamColumns},
		{"keys fixed by the connector", []diag.Code{FixedBySource}, checkFixedKeys},
		{"namespaces", []diag.Code{NoNamespaces}, checkNamespaces},
		{"colliding columns", []diag.Code{CaseCollision, AirbyteColumn}, checkCollidingColumns},
		{"raw tables", []diag.Code{SameRawTable}, checkRawTables},
		{"long names", []diag.Code{LongRawName}, checkLongNames},
		{"nested columns", []diag.Code{BadNested}, checkNested},
		{"model bodies", []diag.Code{UnionOrSQL, NotForThisModel}, checkModelBodies},
		{"SQL files", []diag.Code{BadSQLFile, SQLEndsInSemi, ReadsNothing}, checkSQLFiles},
		{"Jinja", []diag.Code{DynamicJinja, ConfigInSQL}, checkJinja},
		{"references", []diag.Code{DanglingRef}, checkRefs},
		{"cycles", []diag.Code{Cycle}, checkCycles},
		{"unions", []diag.Code{UnknownInput, UnknownInputCol, TypesClash}, checkUnions},
		{"unique_by", []diag.Code{BadUniqueBy, UnfitUniqueBy, MergeWithoutKey, BadIncremental, OrderWithoutKey, IncrementalUnion}, checkUniqueBy},
		{"orders", []diag.Code{UnknownOrder, OrderNotTotal}, checkOrders},
		{"declared columns", []diag.Code{UndeclaredColumns}, checkDeclaredColumns},
		{"data tests", []diag.Code{BadDataTest}, checkDataTests},
		{"personal columns", []diag.Code{UnknownPersonal}, checkPersonalColumns},
		{"models of syncs", []diag.Code{UnknownModel, UnknownSyncColumn}, checkSyncModels},
		{"fields of destinations", []diag.Code{UnknownDestField, MissingDestField, FieldTwice}, checkDestinationFields},
		{"types of fields", []diag.Code{TypeNotTaken, UnfitKey}, checkFieldTypes},
		{"columns of sync views", []diag.Code{ViewColumn}, checkViewColumns},
		{"unique members", []diag.Code{KeyNotUnique}, checkKeyUnique},
		{"options of syncs", []diag.Code{BadMode, BadRemoval, BadTag, GuardWithoutSense}, checkSyncOptions},
		{"targets of syncs", []diag.Code{MirrorShares, FieldOfTwoSyncs}, checkTargets},
		{"renamed syncs", []diag.Code{BadRename}, checkRenames},
		{"personal data", []diag.Code{PersonalData, NeedlessAllowance, UnknownAllowance}, checkPersonalData},
		{"segments", []diag.Code{BadWhere, UnknownWhereColumn, NoWhereColumn}, checkWheres},
		{"region and machine", []diag.Code{UnknownRegion, BadInstance}, checkAWS},
		{"network", []diag.Code{BadSubnets}, checkNetwork},
		{"ways out of the network", []diag.Code{BadEgress}, checkEgress},
		{"access", []diag.Code{BadAccess, BadCIDR, OpenToAll}, checkAccess},
		{"resource tags", []diag.Code{BadResourceTag}, checkResourceTags},
		{"Snowflake", []diag.Code{BadAccount, MaskingEdition, BadAutoSuspend, BadDatabase}, checkSnowflake},
		{"landing", []diag.Code{NotWithS3}, checkLanding},
		{"alerts", []diag.Code{BadAddress}, checkAlerts},
		{"schedules", []diag.Code{UnevenSchedule, BadCron, UnknownTimezone}, checkSchedules},
		{"unused", []diag.Code{NothingToDo, NoStreams, UnusedStream, UnusedSource, UnusedModel, NoSyncs}, checkUnused},
	}
}

// Run holds p against every rule.
func Run(p *resolve.Program) diag.List {
	var list diag.List
	for _, rule := range Rules() {
		rule.find(p, list.Add)
	}
	if list.HasErrors() {
		list = slices.DeleteFunc(list, func(d diag.Diagnostic) bool { return d.Code == NothingToDo }) // the least of its troubles
	}
	list.Sort()
	return list
}
