package diag

// placeholderCodes are the codes TAP6xx: values from outside, and environments.
var placeholderCodes = []Doc{
	{Code: "TAP601", Title: "variable that is not set",
		What:    "${env.X} names a variable that has no value. All of them are reported in one run, each with every place.",
		Fix:     "Set it in the environment or in a .env file beside the pipeline file, or give a default: ${env.X:-value}.",
		Example: "snowflake: {account: \"${env.SNOWFLAKE_ACCOUNT}\"}\n", Good: "snowflake: {account: \"${env.SNOWFLAKE_ACCOUNT:-myorg-account1}\"}\n"},
	{Code: "TAP602", Title: "placeholder that is none",
		What:    "A text has ${…} with something else in it than env.NAME or secret.NAME, or a secret as a part of a longer text.",
		Why:     "The value of a secret is not known when the text is made, so that it can only be a whole value.",
		Fix:     "Write ${env.NAME}, ${env.NAME:-default} or ${secret.NAME}. $${ gives a literal ${.",
		Example: "snowflake: {account: \"${ACCOUNT}\"}\n", Good: "snowflake: {account: \"${env.ACCOUNT:-myorg-account1}\"}\n"},
	{Code: "TAP603", Title: "secret in the wrong place",
		What:    "${secret.X} stands where a value has to be known when the file is compiled.",
		Why:     "Secrets are read only when a plan is applied, and are in no artefact.",
		Fix:     "Use ${env.X} there. Secrets belong under config of a source or a destination.",
		Example: "snowflake: {account: \"${secret.ACCOUNT}\"}\n", Good: "snowflake: {account: \"${env.ACCOUNT:-myorg-account1}\"}\n"},
	{Code: "TAP604", Title: "environment that is not there, or changes too much",
		What:    "The environment that was asked for is not under environments, or it changes version, name or environments.",
		Why:     "The name and the environment are what keeps the resources of one environment apart from those of another.",
		Fix:     "Take the name that is offered, or remove the key from the overlay.",
		Example: "environments: {staging: {name: other}}\n", Good: "environments: {staging: {snowflake: {account: myorg-staging}}}\n"},
	{Code: "TAP605", Title: "null that removes nothing",
		What:    "An environment has null under a key that the file does not have.",
		Why:     "There null removes a key. Where it meets none it is most likely misspelt, and what was to go is still there.",
		Fix:     "Take the name that is offered, or remove the line.",
		Example: "environments: {staging: {destinations: {mailchimpp: null}}}\n", Good: "environments: {staging: {destinations: {mailchimp: null}}}\n"},
}
