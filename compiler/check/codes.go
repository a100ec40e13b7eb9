package check

import "github.com/tapestry-ci/tapestry-ci/compiler/diag"

// Names.
const (
	BadName      diag.Code = "TAP106"
	NamesCollide diag.Code = "TAP107"
	ReservedName diag.Code = "TAP108"
)

// Connectors and their configuration.
const (
	UnknownSource      diag.Code = "TAP201"
	UnknownDestination diag.Code = "TAP202"
	FaultyEntry        diag.Code = "TAP203"
	UnknownField       diag.Code = "TAP210"
	MissingField       diag.Code = "TAP211"
	WrongFieldType     diag.Code = "TAP212"
	BadFieldValue      diag.Code = "TAP213"
	ClearSecret        diag.Code = "TAP214"
	ShownSecret        diag.Code = "TAP215"
	UnknownForm        diag.Code = "TAP216"
)

// Streams.
const (
	UnknownStream   diag.Code = "TAP220"
	NoColumns       diag.Code = "TAP221"
	NotInCatalogue  diag.Code = "TAP222"
	UnknownType     diag.Code = "TAP223"
	BadSyncMode     diag.Code = "TAP224"
	MissingCursor   diag.Code = "TAP225"
	MissingKeyOfRow diag.Code = "TAP226"
	NoSuchColumn    diag.Code = "TAP227"
	UnfitColumn     diag.Code = "TAP228"
	FixedBySource   diag.Code = "TAP229"
	NoNamespaces    diag.Code = "TAP230"
	CaseCollision   diag.Code = "TAP231"
	AirbyteColumn   diag.Code = "TAP232"
	SameRawTable    diag.Code = "TAP233"
	BadNested       diag.Code = "TAP234"
	NotWithS3       diag.Code = "TAP235"
	NoStreams       diag.Code = "TAP236"
	NothingToDo     diag.Code = "TAP237"
	LongRawName     diag.Code = "TAP238"
	UnusedStream    diag.Code = "TAP240"
	UnusedSource    diag.Code = "TAP241"
)

// Models.
const (
	UnionOrSQL        diag.Code = "TAP301"
	BadSQLFile        diag.Code = "TAP302"
	DanglingRef       diag.Code = "TAP303"
	Cycle             diag.Code = "TAP304"
	UnknownInput      diag.Code = "TAP305"
	UnknownInputCol   diag.Code = "TAP306"
	TypesClash        diag.Code = "TAP307"
	BadUniqueBy       diag.Code = "TAP308"
	MergeWithoutKey   diag.Code = "TAP309"
	OrderNotTotal     diag.Code = "TAP310"
	UnknownOrder      diag.Code = "TAP311"
	UndeclaredColumns diag.Code = "TAP312"
	BadIncremental    diag.Code = "TAP313"
	BadDataTest       diag.Code = "TAP314"
	UnknownPersonal   diag.Code = "TAP315"
	UnfitUniqueBy     diag.Code = "TAP317"
	NotForThisModel   diag.Code = "TAP318"
	SQLEndsInSemi     diag.Code = "TAP319"
	ReadsNothing      diag.Code = "TAP320"
	OrderWithoutKey   diag.Code = "TAP321"
	IncrementalUnion  diag.Code = "TAP322"
	DynamicJinja      diag.Code = "TAP323"
	ConfigInSQL       diag.Code = "TAP324"
	UnusedModel       diag.Code = "TAP340"
)

// Syncs.
const (
	UnknownModel       diag.Code = "TAP401"
	UnknownSyncColumn  diag.Code = "TAP402"
	UnknownDestField   diag.Code = "TAP403"
	MissingDestField   diag.Code = "TAP404"
	TypeNotTaken       diag.Code = "TAP405"
	UnfitKey           diag.Code = "TAP406"
	BadMode            diag.Code = "TAP407"
	BadRemoval         diag.Code = "TAP408"
	BadTag             diag.Code = "TAP409"
	GuardWithoutSense  diag.Code = "TAP410"
	BadRename          diag.Code = "TAP411"
	PersonalData       diag.Code = "TAP412"
	NeedlessAllowance  diag.Code = "TAP413"
	UnknownAllowance   diag.Code = "TAP414"
	BadWhere           diag.Code = "TAP415"
	UnknownWhereColumn diag.Code = "TAP416"
	KeyNotUnique       diag.Code = "TAP417"
	FieldTwice         diag.Code = "TAP418"
	ViewColumn         diag.Code = "TAP419"
	MirrorShares       diag.Code = "TAP420"
	FieldOfTwoSyncs    diag.Code = "TAP421"
	NoWhereColumn      diag.Code = "TAP422"
	NoSyncs            diag.Code = "TAP440"
)

// Infrastructure and schedules.
const (
	UnknownRegion   diag.Code = "TAP501"
	BadInstance     diag.Code = "TAP502"
	BadSubnets      diag.Code = "TAP503"
	BadCIDR         diag.Code = "TAP504"
	OpenToAll       diag.Code = "TAP505"
	BadAccess       diag.Code = "TAP506"
	BadResourceTag  diag.Code = "TAP507"
	BadAccount      diag.Code = "TAP508"
	MaskingEdition  diag.Code = "TAP509"
	BadAutoSuspend  diag.Code = "TAP510"
	BadDatabase     diag.Code = "TAP511"
	BadAddress      diag.Code = "TAP512"
	UnevenSchedule  diag.Code = "TAP520"
	BadCron         diag.Code = "TAP521"
	UnknownTimezone diag.Code = "TAP522"
)
