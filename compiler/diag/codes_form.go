package diag

// formCodes are the codes TAP1xx: the form of the file, and names.
var formCodes = []Doc{
	{Code: "TAP101", Title: "unknown key",
		What:    "A key stands where the language has none of that name.",
		Why:     "A key that is passed over in silence is a setting that does not hold.",
		Fix:     "Take the key that is offered, or one of those that are listed. Keys that begin with x- may stand at the top of the file for anchors.",
		Example: "transform: {shedule: 1h}\n", Good: "transform: {schedule: 1h}\n"},
	{Code: "TAP102", Title: "missing key",
		What:    "A key that is needed is not there, or has no value.",
		Fix:     "Add it. The message says what it means.",
		Example: "aws: {region: }\n", Good: "aws: {region: us-east-1}\n"},
	{Code: "TAP103", Title: "wrong kind of value",
		What:    "A value is of another kind than the key takes: a list where a map is meant, a word where a number is meant.",
		Why:     "Values are taken as they are typed. yes, on and NO are texts; only true and false are booleans.",
		Fix:     "Write the kind of value that the message names.",
		Example: "destinations: {mailchimp: {enabled: yes}}\n", Good: "destinations: {mailchimp: {enabled: true}}\n"},
	{Code: "TAP104", Title: "value that is not allowed",
		What:    "A value is of the right kind but not one of those that are allowed here.",
		Fix:     "Take one of the values, or the form, that the message names.",
		Example: "models: {people: {merge: last_row}}\n", Good: "models: {people: {merge: first_row}}\n"},
	{Code: "TAP105", Title: "name twice in a list",
		What:    "A list of names has one of them twice.",
		Fix:     "Take one of the two out. Both places are shown.",
		Example: "models: {people: {unique_by: [email, email]}}\n", Good: "models: {people: {unique_by: [email]}}\n"},
	{Code: "TAP106", Title: "name that is not allowed",
		What: "A name of your own has characters, or a length, that the names made of it cannot have.",
		Why:  "The name of the pipeline begins the names of stacks, buckets and load balancers (32 characters, lower case); keys of sources, streams, models and syncs become part of names in Snowflake and of files of dbt.",
		Fix:  "Take a name of the form that the message describes. Where a stream has another name at its source, say so: my_name: {stream: \"Form responses 1/2\"}.",
		Example: `sources:
  salesforce:
    config: {client_id: a, client_secret: "${secret.A}", refresh_token: "${secret.B}"}
    streams: {Contact/History: {columns: {Id: text, SystemModstamp: timestamp}}}
`, Good: `sources:
  salesforce:
    config: {client_id: a, client_secret: "${secret.A}", refresh_token: "${secret.B}"}
    streams: {contact_history: {stream: Contact/History, columns: {Id: text, SystemModstamp: timestamp}}}
`},
	{Code: "TAP107", Title: "names that become one",
		What: "Two names differ in case, or in hyphens and underscores, and would be the same schema, view or dbt model.",
		Why:  "Snowflake stores plain names in upper case, where one object would overwrite the other.",
		Fix:  "Rename one of them. Both places are shown.",
		Example: `models:
  stg_zoom__webinar_registrants:
    union: [{from: zoom.webinar_registrants, columns: [id]}]
`, Good: `models:
  registrants:
    union: [{from: zoom.webinar_registrants, columns: [id]}]
`},
	{Code: "TAP108", Title: "reserved word",
		What: "A model has a word as its name that SQL keeps for itself.",
		Why:  "Every query over the model would have to quote it, in capitals.",
		Fix:  "Take another name: orders for order, app_users for user.",
		Example: `models:
  order:
    union: [{from: zoom.webinar_registrants, columns: [id]}]
`, Good: `models:
  orders:
    union: [{from: zoom.webinar_registrants, columns: [id]}]
`},
}
