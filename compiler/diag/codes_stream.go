package diag

import "strings"

// streamCodes are the codes TAP220 to TAP299: streams and their columns.
var streamCodes = []Doc{
	{Code: "TAP220", Title: "unknown stream",
		What:    "The source has no stream of that name.",
		Fix:     "Take the name that is offered; tapestry-ci catalog show NAME lists the streams. Sources whose streams are discovered, such as databases, take any name.",
		Example: "sources: {zoom: {streams: {webinars_registrants: {columns: {id: text}}}}}\n", Good: "sources: {zoom: {streams: {webinars: {}}}}\n"},
	{Code: "TAP221", Title: "no columns",
		What:    "The columns of a stream are not known: the catalogue does not list them, and the file does not either, or an empty list.",
		Why:     "Airbyte would be asked for everything there is, and no model could be held against it.",
		Fix:     "List the columns that are needed, with their types.",
		Example: "sources: {zoom: {streams: {users: {columns: []}}}}\n", Good: "sources: {zoom: {streams: {users: {columns: [id, email]}}}}\n"},
	{Code: "TAP222", Title: "column that the catalogue does not list",
		What:    "A column is named without its type, and the catalogue does not list it for this stream.",
		Fix:     "Take the name that is offered, or say its type: columns as a map, {name: type}.",
		Example: "sources: {zoom: {streams: {users: {columns: [id, e_mail]}}}}\n", Good: "sources: {zoom: {streams: {users: {columns: {id: text, custom_field: text}}}}}\n"},
	{Code: "TAP223", Title: "unknown type",
		What:    "A type is not one of the language: text, email, integer, number, number(p,s), float, boolean, date, timestamp, timestamp_ntz, json.",
		Fix:     "Take one of them. Columns of type email are compared trimmed and without case where they are keys.",
		Example: "sources: {zoom: {streams: {users: {columns: {id: varchar}}}}}\n", Good: "sources: {zoom: {streams: {users: {columns: {id: text}}}}}\n"},
	{Code: "TAP224", Title: "sync mode that the connector cannot do",
		What:    "The connector cannot read the stream in the way that sync_mode asks for.",
		Fix:     "Take the mode that is offered, or leave sync_mode out: the best that the connector can do is the default.",
		Example: "sources: {zoom: {streams: {webinar_registrants: {sync_mode: incremental_append}}}}\n", Good: "sources: {zoom: {streams: {webinar_registrants: {sync_mode: full_refresh_append}}}}\n"},
	{Code: "TAP225", Title: "incremental without a cursor",
		What: "A stream is to be read incrementally, and neither the file nor the connector has a cursor.",
		Why:  "The cursor is the column that grows with every change; without it nothing says which rows are new.",
		Fix:  "Name the column with `cursor`, or read the whole stream each time.",
		Example: shop(`      orders:
        sync_mode: incremental_append
        columns: {id: integer, updated_at: timestamp}
`), Good: shop(`      orders:
        sync_mode: incremental_append
        cursor: updated_at
        columns: {id: integer, updated_at: timestamp}
`)},
	{Code: "TAP226", Title: "deduplicated without a key",
		What: "A stream is to keep the last version of each record, and has no primary key.",
		Fix:  "Name the columns that identify a record with `primary_key`, or keep every version with incremental_append.",
		Example: shop(`      orders:
        sync_mode: incremental_deduped
        cursor: updated_at
        columns: {id: integer, updated_at: timestamp}
`), Good: shop(`      orders:
        sync_mode: incremental_deduped
        cursor: updated_at
        primary_key: id
        columns: {id: integer, updated_at: timestamp}
`)},
	{Code: "TAP227", Title: "column that the stream does not have",
		What:    "primary_key, cursor, deleted_when or pii names a column that is not among the columns of the stream; or the columns leave out one that the connector needs as its key, its cursor or its mark of deletion.",
		Fix:     "Take the name that is offered, or add the column.",
		Example: "sources: {zoom: {streams: {webinar_registrants: {pii: [e_mail, first_name, last_name]}}}}\n", Good: "sources: {zoom: {streams: {webinar_registrants: {pii: [email, first_name, last_name]}}}}\n"},
	{Code: "TAP228", Title: "column that cannot be a key or a cursor",
		What: "A key is of type json or float, or a cursor of type json or boolean.",
		Why:  "Such a key cannot be compared exactly, and such a cursor has no order.",
		Fix:  "Name another column, or give the column the type that it really has.",
		Example: shop(`      orders:
        primary_key: id
        columns: {id: float}
`), Good: shop(`      orders:
        primary_key: id
        columns: {id: integer}
`)},
	{Code: "TAP229", Title: "key or cursor that the connector fixes",
		What:    "The file names another primary key or cursor than the one that the connector defines.",
		Why:     "Airbyte refuses a connection with another key.",
		Fix:     "Leave it out. What identifies a row of a model is said there, with unique_by.",
		Example: "sources: {zoom: {streams: {users: {primary_key: email, columns: [id, email]}}}}\n", Good: "sources: {zoom: {streams: {users: {columns: [id, email]}}}}\n"},
	{Code: "TAP230", Title: "namespace where there is none",
		What:    "A stream has a namespace, and its source has no schemas.",
		Fix:     "Remove the line. Only sources such as databases have schemas of their own.",
		Example: "sources: {zoom: {streams: {webinar_registrants: {namespace: public}}}}\n", Good: "sources: {zoom: {streams: {webinar_registrants: {}}}}\n"},
	{Code: "TAP231", Title: "columns that differ by case only",
		What: "Two columns of one table have names that are the same in upper case.",
		Why:  "Snowflake stores plain names in upper case, so that one column would overwrite the other.",
		Fix:  "Leave one of them out. Where the columns come from the catalogue, list those that are needed.",
		Example: shop(`      orders: {columns: {id: integer, Total: float, total: float}}
`), Good: shop(`      orders: {columns: {id: integer, total: float}}
`)},
	{Code: "TAP232", Title: "column with a name of Airbyte's",
		What: "A column begins with _airbyte_.",
		Why:  "Airbyte adds columns of such names to every raw table.",
		Fix:  "Leave the column out, or give it another name at the source.",
		Example: shop(`      orders: {columns: {id: integer, _airbyte_meta: json}}
`), Good: shop(`      orders: {columns: {id: integer, meta: json}}
`)},
	{Code: "TAP233", Title: "two streams in one table",
		What: "Two streams of one source would be written into one raw table: the same stream under two names, names that differ by case, or one name in two schemas.",
		Why:  "The raw table is named after the stream, in upper case.",
		Fix:  "Read each stream once. Streams of one name in several schemas need a source each.",
		Example: shop(`      eu: {stream: orders, namespace: eu, columns: {id: integer}}
      us: {stream: orders, namespace: us, columns: {id: integer}}
`), Good: shop(`      orders: {namespace: eu, columns: {id: integer}}
`)},
	{Code: "TAP234", Title: "nested column that leads nowhere",
		What: "A nested column has a path without a key, a path into a column that is not json, or the name of a column that is there already.",
		Fix:  "Write the column, a dot, and the keys below it: metadata.plan.",
		Example: shop(`      orders:
        columns: {id: integer, meta: text}
        nested: {plan: {path: meta.plan, type: text}}
`), Good: shop(`      orders:
        columns: {id: integer, meta: json}
        nested: {plan: {path: meta.plan, type: text}}
`)},
	{Code: "TAP235", Title: "not possible with landing: s3",
		What: "A SQL model reads a raw table with source(), and landing: s3 is set.",
		Why:  "There a raw table holds each record whole in _AIRBYTE_DATA, without columns.",
		Fix:  "Read the stream as dbt cleans it: ref('stg_SOURCE__STREAM').",
		Example: `ingestion: {landing: s3}
models: {registrants: {sql: models/registrants.sql}}
-- models/registrants.sql --
select email from {{ source('zoom', 'webinar_registrants') }}
`, Good: `ingestion: {landing: s3}
models: {registrants: {sql: models/registrants.sql}}
-- models/registrants.sql --
select email from {{ ref('stg_zoom__webinar_registrants') }}
`},
	{Code: "TAP236", Title: "source without streams",
		What:    "A source names no streams.",
		Why:     "Airbyte would read all that there are.",
		Fix:     "Name the streams that are needed, or remove the source.",
		Example: "sources: {faker: {streams: {}}}\n", Good: "sources: {faker: {streams: {users: {}}}}\n"},
	{Code: "TAP237", Severity: Warning, Title: "nothing to do",
		What:    "The file has no sources, no models and no destinations.",
		Why:     "The machines would be started and have nothing to do.",
		Fix:     "Add them; tapestry-ci init writes a file that has all three.",
		Example: "sources: null\nmodels: null\ndestinations: null\n", Good: "models: null\ndestinations: null\n"},
	{Code: "TAP238", Title: "name that is too long for Snowflake",
		What:    "A stream or one of its columns has a name of more than 255 bytes.",
		Why:     "Airbyte would store it under a name of its own making, which no query here knows.",
		Fix:     "Rename it at the source, or leave it out.",
		Example: "sources: {zoom: {streams: {webinar_registrants: {columns: {id: text, email: email, first_name: text, last_name: text, " + strings.Repeat("long_", 52) + ": text}}}}}\n",
		Good:    "sources: {zoom: {streams: {webinar_registrants: {columns: {id: text, email: email, first_name: text, last_name: text, short: text}}}}}\n"},
	{Code: "TAP240", Severity: Warning, Title: "unused stream",
		What:    "No model reads the stream.",
		Why:     "It is read and stored all the same, and costs credits.",
		Fix:     "Remove it, unless somebody looks at the raw table in Snowflake.",
		Example: "sources: {zoom: {streams: {users: {}}}}\n", Good: "sources: {zoom: {streams: {users: {}}}}\nmodels: {hosts: {union: [{from: zoom.users, columns: [email]}]}}\n"},
	{Code: "TAP241", Severity: Warning, Title: "unused source",
		What:    "No model reads any stream of the source.",
		Why:     "It is read and stored all the same, and costs credits.",
		Fix:     "Remove it, unless somebody looks at the raw tables in Snowflake.",
		Example: "sources: {faker: {streams: {users: {}, products: {}}}}\n", Good: "sources: {faker: {streams: {users: {}, products: {}}}}\nmodels: {users: {union: [{from: faker.users, columns: [email]}]}}\n"},
}

// shop is a database as a source, for examples, with the given streams.
func shop(streams string) string {
	return `sources:
  shop:
    connector: postgres
    config: {host: db.example.com, database: shop, username: tapestry, password: "${secret.SHOP}"}
    streams:
` + streams
}
