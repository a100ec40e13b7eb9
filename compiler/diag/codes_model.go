package diag

// modelCodes are the codes TAP3xx: models.
var modelCodes = []Doc{
	{Code: "TAP301", Title: "model without rows, or with two kinds of them",
		What:    "A model has neither `union` nor `sql`, or both, or a union without inputs.",
		Fix:     "Give it one of the two. A SQL model can read a union with ref().",
		Example: "models: {everyone: {description: All people.}}\n", Good: "models: {everyone: {union: [{from: people, columns: [email]}]}}\n"},
	{Code: "TAP302", Title: "SQL file that cannot be read",
		What: "The file that `sql` names is not there, is empty, or lies outside the folder of the pipeline.",
		Fix:  "Give a path below the folder of the file, with / between folders. Upper and lower case count.",
		Example: `models: {vips: {sql: models/vip.sql}}
-- models/vips.sql --
select email from {{ ref('people') }}
`, Good: `models: {vips: {sql: models/vips.sql}}
-- models/vips.sql --
select email from {{ ref('people') }}
`},
	{Code: "TAP303", Title: "ref() or source() of what is not there",
		What: "A SQL file reads a model or a stream that the pipeline does not have. The place is that in the SQL file.",
		Fix:  "Take the name that is offered. ref('model') reads a model, ref('stg_SOURCE__STREAM') a stream as dbt cleans it, source('SOURCE', 'STREAM') its raw table.",
		Example: `models: {vips: {sql: models/vips.sql}}
-- models/vips.sql --
select email from {{ ref('peolpe') }}
`, Good: `models: {vips: {sql: models/vips.sql}}
-- models/vips.sql --
select email from {{ ref('people') }}
`},
	{Code: "TAP304", Title: "models in a circle",
		What:    "Models read each other in a circle, so that none can be built first. The notes show the way round.",
		Fix:     "Take out one of the ways, or put what they share into a model that both read.",
		Example: "models: {a: {union: [{from: b, columns: [email]}]}, b: {union: [{from: a, columns: [email]}]}}\n", Good: "models: {a: {union: [{from: people, columns: [email]}]}, b: {union: [{from: a, columns: [email]}]}}\n"},
	{Code: "TAP305", Title: "unknown input",
		What:    "An input of a union is neither a stream nor a model.",
		Fix:     "Write source.stream, or the name of a model. The nearest one is offered, and a note shows where it is.",
		Example: "models: {people: {union: [{from: zoom.registrants, columns: [email, first_name, last_name], order_by: [id]}]}}\n",
		Good:    "models: {people: {union: [{from: zoom.webinar_registrants, columns: [email, first_name, last_name], order_by: [id]}]}}\n"},
	{Code: "TAP306", Title: "column that the input does not have",
		What:    "A union reads a column that the stream or the model does not have, or none at all.",
		Fix:     "Take the name that is offered, or add the column to the stream. The map is {column of the model: column of the input}.",
		Example: "models: {names: {union: [{from: zoom.webinar_registrants, columns: {name: lastname}}]}}\n", Good: "models: {names: {union: [{from: zoom.webinar_registrants, columns: {name: last_name}}]}}\n"},
	{Code: "TAP307", Title: "types that do not go together",
		What: "The inputs of a union fill one column with types that have no common one.",
		Fix:  "Give one of the columns another type where its stream is declared, or map it to a column of its own. Numbers go together, text with email, dates with timestamps.",
		Example: `sources: {zoom: {streams: {users: {columns: {id: text, type: integer}}}}}
models:
  everything:
    union:
      - {from: zoom.webinar_registrants, columns: {what: first_name}}
      - {from: zoom.users, columns: {what: type}}
`, Good: `sources: {zoom: {streams: {users: {columns: {id: text, type: text}}}}}
models:
  everything:
    union:
      - {from: zoom.webinar_registrants, columns: {what: first_name}}
      - {from: zoom.users, columns: {what: type}}
`},
	{Code: "TAP308", Title: "unique_by of what is no column",
		What:    "unique_by names a column that the model does not have, or none.",
		Fix:     "Take the name that is offered.",
		Example: "models: {people: {unique_by: e_mail}}\n", Good: "models: {people: {unique_by: email}}\n"},
	{Code: "TAP309", Title: "merge without a key",
		What:    "A union has `merge` and no `unique_by`.",
		Why:     "merge says which of several rows with one key stays.",
		Fix:     "Add unique_by, or remove merge.",
		Example: "models: {names: {union: [{from: zoom.webinar_registrants, columns: [last_name]}], merge: first_row}}\n",
		Good:    "models: {names: {union: [{from: zoom.webinar_registrants, columns: [last_name], order_by: [id]}], unique_by: last_name, merge: first_row}}\n"},
	{Code: "TAP310", Title: "order that is not total",
		What: "Rows with one key are merged, and order_by does not say of any two of them which comes first: it is missing, or it lacks the primary key of the stream (the unique_by of the model) that it is about.",
		Why:  "Which row wins could change from run to run, and with it what destinations get. Where the rows have no key of their own, any order is taken, and dbt puts all columns behind it.",
		Fix:  "End order_by with the key: [updated_at desc, id]. It need not be there where the input has one row for each key of the model.",
		Example: `sources: {zoom: {streams: {users: {columns: [id, email, created_at]}}}}
models:
  hosts:
    union: [{from: zoom.users, columns: [email], order_by: [created_at desc]}]
    unique_by: email
`, Good: `sources: {zoom: {streams: {users: {columns: [id, email, created_at]}}}}
models:
  hosts:
    union: [{from: zoom.users, columns: [email], order_by: [created_at desc, id]}]
    unique_by: email
`},
	{Code: "TAP311", Title: "order by what is no column",
		What:    "order_by names a column that the input does not have. Its terms are columns of the input, not of the model, each with asc or desc behind it.",
		Fix:     "Take the name that is offered, or add the column to the stream.",
		Example: "models: {people: {union: [{from: zoom.webinar_registrants, columns: [email, first_name, last_name], order_by: [create_time desc]}]}}\n",
		Good:    "models: {people: {union: [{from: zoom.webinar_registrants, columns: [email, first_name, last_name], order_by: [id desc]}]}}\n"},
	{Code: "TAP312", Title: "SQL model without declared columns",
		What: "A sync, a union, unique_by or a data test reads columns of a SQL model that does not declare any.",
		Why:  "What a query gives is known only when it has run; types and personal data have to be known before.",
		Fix:  "Declare the columns with their types.",
		Example: `models: {vips: {sql: models/vips.sql, unique_by: email}}
-- models/vips.sql --
select email from {{ ref('people') }}
`, Good: `models: {vips: {sql: models/vips.sql, unique_by: email, columns: {email: email}}}
-- models/vips.sql --
select email from {{ ref('people') }}
`},
	{Code: "TAP313", Title: "incremental without a key",
		What: "A SQL model is incremental and has no unique_by.",
		Why:  "dbt would add changed rows once more instead of replacing them.",
		Fix:  "Add unique_by, or use table.",
		Example: `models: {vips: {sql: models/vips.sql, materialized: incremental}}
-- models/vips.sql --
select email from {{ ref('people') }}
`, Good: `models: {vips: {sql: models/vips.sql, materialized: incremental, unique_by: email, columns: {email: email}}}
-- models/vips.sql --
select email from {{ ref('people') }}
`},
	{Code: "TAP314", Title: "data test of what is not there",
		What:    "A data test is of a column that the model does not have, lists no values, or leads to a model or a column that is not there.",
		Fix:     "Take the name that is offered.",
		Example: "models: {people: {data_tests: {e_mail: [not_null]}}}\n", Good: "models: {people: {data_tests: {email: [not_null]}}}\n"},
	{Code: "TAP315", Title: "pii of what is no column",
		What:    "pii of a model names a column that it does not have.",
		Why:     "A misspelt name marks nothing.",
		Fix:     "Take the name that is offered.",
		Example: "models: {people: {pii: [email, first_name, lastname]}}\n", Good: "models: {people: {pii: [email, first_name, last_name]}}\n"},
	{Code: "TAP317", Title: "unique by a type that cannot be compared",
		What: "unique_by names a column of type float or json.",
		Why:  "Two such values cannot be compared exactly, so that nothing can be merged by them.",
		Fix:  "Use another column, or give this one the type that it really has.",
		Example: `sources: {zoom: {streams: {users: {columns: {id: text, score: float}}}}}
models: {scores: {union: [{from: zoom.users, columns: [score], order_by: [id]}], unique_by: score}}
`, Good: `sources: {zoom: {streams: {users: {columns: {id: text, score: integer}}}}}
models: {scores: {union: [{from: zoom.users, columns: [score], order_by: [id]}], unique_by: score}}
`},
	{Code: "TAP318", Title: "key of the other kind of model",
		What:    "A union declares `columns`, or a SQL model says `merge`.",
		Fix:     "Remove the key. The columns of a union are those that its inputs map; which row of a SQL model stays is decided in its SQL.",
		Example: "models: {people: {columns: {email: email}}}\n", Good: "models: {people: {merge: first_row}}\n"},
	{Code: "TAP319", Title: "SQL with a semicolon",
		What: "The query of a SQL model has a semicolon in it, or ends in one. Those in texts and comments do not count.",
		Why:  "dbt puts the query into a statement of its own, which the semicolon breaks; what follows it would be another statement.",
		Fix:  "Remove it, and keep one query.",
		Example: `models: {vips: {sql: models/vips.sql}}
-- models/vips.sql --
select email from {{ ref('people') }};
`, Good: `models: {vips: {sql: models/vips.sql}}
-- models/vips.sql --
select email from {{ ref('people') }}
`},
	{Code: "TAP320", Severity: Warning, Title: "SQL that reads nothing of the pipeline",
		What: "A SQL model has neither ref() nor source().",
		Why:  "Tables that are named directly are not followed: dbt cannot order the model after them, and personal data in them is not seen.",
		Fix:  "Read models with ref('model') and raw tables with source('source', 'stream').",
		Example: `models: {vips: {sql: models/vips.sql}}
-- models/vips.sql --
select EMAIL from ANALYTICS.PEOPLE
`, Good: `models: {vips: {sql: models/vips.sql}}
-- models/vips.sql --
select EMAIL from {{ ref('people') }}
`},
	{Code: "TAP321", Severity: Warning, Title: "order without a key",
		What:    "An input has order_by, and the model has no unique_by.",
		Why:     "The order says which of several rows with one key comes first; without a key it does nothing.",
		Fix:     "Add unique_by, or remove order_by.",
		Example: "models: {names: {union: [{from: zoom.webinar_registrants, columns: [last_name], order_by: [id]}]}}\n",
		Good:    "models: {names: {union: [{from: zoom.webinar_registrants, columns: [last_name]}]}}\n"},
	{Code: "TAP322", Severity: Warning, Title: "incremental union",
		What:    "A union is materialized as incremental. It is built as a table.",
		Why:     "Which row of a key comes first may change with a row of any input, so that a union is always built as a whole.",
		Fix:     "Say table or view, or write it as SQL.",
		Example: "models: {people: {materialized: incremental}}\n", Good: "models: {people: {materialized: table}}\n"},
	{Code: "TAP323", Title: "Jinja that cannot be followed",
		What: "The SQL of a model gives ref() or source() something other than texts, uses a word of dbt that may read anything (builtins, graph, adapter, run_query, macros), or opens a {{ that it does not close. Jinja in comments of SQL counts too, since dbt runs it.",
		Why:  "What a model reads has to be known before dbt runs: the order of the models, their lineage and their personal data hang on it.",
		Fix:  "Write ref('model') and source('source', 'stream') out. Between {% if %} and {% else %} both can stand. dbt's macros that only write SQL, such as dbt.dateadd(), may be used.",
		Example: `models: {vips: {sql: models/vips.sql}}
-- models/vips.sql --
{% set name = 'people' %}
select email from {{ ref(name) }}
`, Good: `models: {vips: {sql: models/vips.sql}}
-- models/vips.sql --
select email from {{ ref('people') }}
`},
	{Code: "TAP324", Title: "settings in SQL",
		What: "The SQL of a model calls config().",
		Why:  "A schema, an alias or enabled: false would part the table from its grants and from what reads it; the other settings would contradict the pipeline file.",
		Fix:  "Remove it. The keys of the model in the pipeline file are the way: materialized, unique_by, description, data_tests.",
		Example: `models: {vips: {sql: models/vips.sql}}
-- models/vips.sql --
{{ config(materialized='view') }}
select email from {{ ref('people') }}
`, Good: `models: {vips: {sql: models/vips.sql, materialized: view}}
-- models/vips.sql --
select email from {{ ref('people') }}
`},
	{Code: "TAP340", Severity: Warning, Title: "unused model",
		What:    "No sync sends the model and no other model reads it.",
		Why:     "It is built on every run all the same.",
		Fix:     "Remove it, unless somebody looks at it in Snowflake.",
		Example: "models: {names: {union: [{from: zoom.webinar_registrants, columns: [last_name]}]}}\n", Good: "models: {names: null}\n"},
}
