package diag

// yamlCodes are about the file as YAML.
var yamlCodes = []Doc{
	{Code: "TAP001", Title: "not YAML",
		What:    "The file breaks the rules of YAML at this place.",
		Fix:     "Look at the line and the one above it: a missing colon, an unclosed quote or bracket, a tab, or a line that is indented differently from its neighbours.",
		Example: "models:\n  people: {union: [\n", Good: "models: {}\n"},
	{Code: "TAP002", Title: "duplicate key",
		What:    "One key stands twice in a map.",
		Why:     "Many YAML readers silently take the last one, so half of what was written would be lost.",
		Fix:     "Merge the two, or give one of them another name. Both places are shown.",
		Example: "aws: {region: us-east-1, region: eu-central-1}\n", Good: "aws: {region: eu-central-1}\n"},
	{Code: "TAP003", Title: "file cannot be read",
		What: "The file, or one that it names, is not there or cannot be opened.",
		Fix:  "Check the path. tapestry-ci init DIR makes a file to start from."},
	{Code: "TAP004", Title: "alias without anchor",
		What:    "An alias (*name) names an anchor (&name) that does not stand before it, or one that contains the alias.",
		Fix:     "Put the anchor first; keys that start with x- are a good place for shared parts.",
		Example: "alerts: *nobody\n", Good: "x-team: &team {email: [a@example.com]}\nalerts: *team\n"},
	{Code: "TAP005", Title: "merge of something that is no map",
		What:    "The merge key << takes a map, an alias of a map, or a list of those.",
		Fix:     "Write << : *anchor where the anchor is a map.",
		Example: "alerts: {<<: [a, b]}\n", Good: "x-team: &team {email: [a@example.com]}\nalerts: {<<: *team}\n"},
	{Code: "TAP006", Title: "limit passed",
		What: "The file is larger than 10 MiB, nested deeper than 64, or its aliases stand for more than a million values.",
		Why:  "Such a file is a mistake or an attack; reading it would take all memory.",
		Fix:  "Split the pipeline, or take out the anchors that multiply."},
	{Code: "TAP007", Title: "not UTF-8",
		What: "The file has bytes that are not UTF-8 text.",
		Fix:  "Save it as UTF-8. A byte order mark is accepted."},
	{Code: "TAP008", Title: "placeholder needs quotes",
		What:    "${…} stands unquoted inside { } or [ ], where its braces have a meaning of their own.",
		Fix:     "Put it in quotes, or write the map with a line for each key.",
		Example: "snowflake: {account: ${env.X}}\n", Good: "snowflake: {account: \"${env.X:-org-account}\"}\n"},
	{Code: "TAP009", Title: "YAML that is not supported",
		What:    "Several documents in one file, tags (!!str) and keys that are maps or lists have no meaning here.",
		Fix:     "Write plain maps, lists and values. Every value keeps the text that was typed, so no tag is needed.",
		Example: "aws: {region: !!str us-east-1}\n", Good: "aws: {region: us-east-1}\n"},
}

// internalCodes are about the compiler itself.
var internalCodes = []Doc{
	{Code: "TAP901", Title: "fault of the compiler",
		What: "The compiler itself failed. Nothing was written.",
		Fix:  "Please report it with the text that is shown and, if you can, the file."},
}
