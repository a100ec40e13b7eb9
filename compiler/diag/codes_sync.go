package diag

// syncCodes are the codes TAP4xx: destinations and their syncs.
var syncCodes = []Doc{
	{Code: "TAP401", Title: "unknown model",
		What:    "A sync sends a model that is not in the pipeline.",
		Fix:     "Take the name that is offered. A stream cannot be sent as it is: make a model of it.",
		Example: "destinations: {mailchimp: {syncs: {newsletter: {model: peolpe}}}}\n", Good: "destinations: {mailchimp: {syncs: {newsletter: {model: people}}}}\n"},
	{Code: "TAP402", Title: "column that the model does not have",
		What:    "key or fields read a column that the model does not have. The map is {field of the destination: column of the model}.",
		Fix:     "Take the name that is offered, or add the column to the model.",
		Example: "destinations: {mailchimp: {syncs: {newsletter: {fields: {FNAME: fist_name}}}}}\n", Good: "destinations: {mailchimp: {syncs: {newsletter: {fields: {FNAME: first_name}}}}}\n"},
	{Code: "TAP403", Title: "field that the destination does not have",
		What:    "The destination has no such field, does not find members by it, or cannot fill it.",
		Fix:     "Take the field that is offered; tapestry-ci catalog show NAME lists them. What identifies a member stands under key, everything else under fields.",
		Example: "destinations: {mailchimp: {syncs: {newsletter: {fields: {fname: first_name}}}}}\n", Good: "destinations: {mailchimp: {syncs: {newsletter: {fields: {FNAME: first_name}}}}}\n"},
	{Code: "TAP404", Title: "missing field of a destination",
		What: "The destination needs a field that the sync does not fill, or the key is empty.",
		Fix:  "Map a column to it.",
		Example: `destinations:
  salesforce:
    config: {username: me@example.com, password: "${secret.SF}"}
    syncs:
      contacts: {model: people, to: {object: Contact}, key: {Email: email}, allow_pii: [email]}
`, Good: `destinations:
  salesforce:
    config: {username: me@example.com, password: "${secret.SF}"}
    syncs:
      contacts: {model: people, to: {object: Contact}, key: {Email: email}, fields: {LastName: last_name}, allow_pii: [email, last_name]}
`},
	{Code: "TAP405", Title: "type that the field does not take",
		What:    "A column is of a type that the field of the destination cannot take.",
		Fix:     "Give the column the type where its stream or its SQL model is declared, or map another one. Values inside JSON are taken out with `nested`.",
		Example: "sources: {zoom: {streams: {webinar_registrants: {columns: {id: text, email: text, first_name: text, last_name: text}}}}}\n",
		Good:    "sources: {zoom: {streams: {webinar_registrants: {columns: {id: text, email: email, first_name: text, last_name: text}}}}}\n"},
	{Code: "TAP406", Title: "key by which nobody can be found",
		What: "The key of a sync is a column of type float or json.",
		Why:  "Two such values cannot be compared exactly, so that the same member would be made again.",
		Fix:  "Use a column of text, email or whole numbers.",
		Example: `sources: {zoom: {streams: {users: {columns: {id: text, score: float}}}}}
models: {scores: {union: [{from: zoom.users, columns: [score]}], data_tests: {score: [unique]}}}
destinations:
  zendesk:
    config: {subdomain: a, username: a@example.com, token: "${secret.Z}"}
    syncs: {scores: {model: scores, key: {external_id: score}}}
`, Good: `sources: {zoom: {streams: {users: {columns: {id: text, score: integer}}}}}
models: {scores: {union: [{from: zoom.users, columns: [score]}], data_tests: {score: [unique]}}}
destinations:
  zendesk:
    config: {subdomain: a, username: a@example.com, token: "${secret.Z}"}
    syncs: {scores: {model: scores, key: {external_id: score}}}
`},
	{Code: "TAP407", Title: "mode that the destination cannot do",
		What: "The engine that serves the destination cannot write in that mode.",
		Fix:  "Take one of the modes that are listed. upsert adds and changes, update only changes, mirror also takes out who left the model."},
	{Code: "TAP408", Title: "removal that is not possible",
		What:    "on_removed stands without mode: mirror, or names a way that the destination does not have; or on_destroy: remove stands where nobody can be removed.",
		Fix:     "Take one of the ways that are listed, or remove the line.",
		Example: "destinations: {mailchimp: {syncs: {newsletter: {mode: mirror, on_removed: delete}}}}\n", Good: "destinations: {mailchimp: {syncs: {newsletter: {mode: mirror, on_removed: archive}}}}\n"},
	{Code: "TAP409", Title: "tag that the destination does not take",
		What: "Members of the destination have no tags, or not such ones.",
		Fix:  "Write a tag of the form that the message names, or send a field with the value instead.",
		Example: `destinations:
  zendesk:
    config: {subdomain: a, username: a@example.com, token: "${secret.Z}"}
    syncs: {people: {model: people, key: {external_id: email}, allow_pii: [email], tags: [Web 2]}}
`, Good: `destinations:
  zendesk:
    config: {subdomain: a, username: a@example.com, token: "${secret.Z}"}
    syncs: {people: {model: people, key: {external_id: email}, allow_pii: [email], tags: [web_two]}}
`},
	{Code: "TAP410", Severity: Warning, Title: "guard without sense",
		What:    "max_removals stands in a sync that takes nobody out.",
		Fix:     "Remove it, or set mode: mirror.",
		Example: "destinations: {mailchimp: {syncs: {newsletter: {guard: {max_removals: 10%}}}}}\n", Good: "destinations: {mailchimp: {syncs: {newsletter: {mode: mirror, guard: {max_removals: 10%}}}}}\n"},
	{Code: "TAP411", Title: "renamed from what is still there",
		What:    "renamed_from names a sync that is still in the file, the sync itself, or one that another sync was renamed from.",
		Why:     "It is the key that the sync had before, so that its members are kept; the members of a sync can go to one other sync only.",
		Fix:     "Remove it where the sync is new, or remove the old sync.",
		Example: "destinations: {mailchimp: {syncs: {newsletter: {renamed_from: newsletter}}}}\n", Good: "destinations: {mailchimp: {syncs: {newsletter: {renamed_from: news}}}}\n"},
	{Code: "TAP412", Title: "personal data that is not allowed",
		What:    "A column with personal data would reach a destination that allow_pii does not allow it for. The notes show where the data comes from.",
		Why:     "Personal data leaves your warehouse only where somebody said so, in the file that is reviewed. Columns marked with pii, those that the catalogue marks, columns of type email and, in SQL that reads any of them, every text count as personal.",
		Fix:     "Add the column to allow_pii, do not send it, or say in pii which columns are personal.",
		Example: "destinations: {mailchimp: {syncs: {newsletter: {allow_pii: [email]}}}}\n", Good: "destinations: {mailchimp: {syncs: {newsletter: {allow_pii: [email, first_name, last_name]}}}}\n"},
	{Code: "TAP413", Severity: Warning, Title: "allowance that is not needed",
		What:    "allow_pii names a column that is not sent, or is not personal data.",
		Why:     "It would let the column through later, without a word in the review.",
		Fix:     "Remove it.",
		Example: "destinations: {mailchimp: {syncs: {newsletter: {fields: {FNAME: first_name, LNAME: null}}}}}\n", Good: "destinations: {mailchimp: {syncs: {newsletter: {fields: {FNAME: first_name, LNAME: null}, allow_pii: [email, first_name]}}}}\n"},
	{Code: "TAP414", Title: "allowance of what is no column",
		What:    "allow_pii names a column that the model does not have.",
		Why:     "A misspelt name allows nothing.",
		Fix:     "Take the name that is offered.",
		Example: "destinations: {mailchimp: {syncs: {newsletter: {allow_pii: [emial, first_name, last_name]}}}}\n", Good: "destinations: {mailchimp: {syncs: {newsletter: {allow_pii: [email, first_name, last_name]}}}}\n"},
	{Code: "TAP415", Title: "where that is no condition",
		What:    "The condition of a segment is empty, has a quote, a bracket or a comment that is not closed, a semicolon, a query (select), or dbt's braces.",
		Why:     "It stands behind WHERE in a query; it must not end it, or go on behind it. What a query in it reads would be seen neither in the order of the models nor as personal data.",
		Fix:     "Write one condition over the columns of the model.",
		Example: "destinations: {mailchimp: {syncs: {newsletter: {where: \"(last_name is not null\"}}}}\n", Good: "destinations: {mailchimp: {syncs: {newsletter: {where: last_name is not null}}}}\n"},
	{Code: "TAP416", Severity: Warning, Title: "word in where that is not known",
		What:    "The condition has a word that is neither a column of the model nor a word of SQL that is known here. Where it can only be a column, that is TAP422.",
		Fix:     "Look whether it is misspelt. A text stands in single quotes.",
		Example: "destinations: {mailchimp: {syncs: {newsletter: {where: \"coalesce(lastname, '') <> ''\"}}}}\n", Good: "destinations: {mailchimp: {syncs: {newsletter: {where: \"coalesce(last_name, '') <> ''\"}}}}\n"},
	{Code: "TAP417", Title: "key that is not unique",
		What:    "Several rows of the model may have one key, so that they would be one member.",
		Why:     "One of the rows would overwrite the other, on every run.",
		Fix:     "Use the columns that the model is unique by, or make it unique by the key. A data test `unique` on a column of the key is taken as well.",
		Example: "models: {people: {unique_by: [email, first_name]}}\n", Good: "models: {people: {unique_by: email}}\n"},
	{Code: "TAP418", Title: "field that is filled twice",
		What:    "One field of the destination stands under key and under fields.",
		Fix:     "Take it out of fields: a key is sent as well.",
		Example: "destinations: {mailchimp: {syncs: {newsletter: {fields: {email_address: email}}}}}\n", Good: "destinations: {mailchimp: {syncs: {newsletter: {fields: {FNAME: first_name}}}}}\n"},
	{Code: "TAP419", Title: "column with a name of the sync view",
		What: "A column that is sent is called changed_at, removed, or as one of the columns that a dbt snapshot adds.",
		Why:  "The view that the destination is filled from has such columns of its own.",
		Fix:  "Give the column of the model another name.",
		Example: `models: {people: {union: [{from: zoom.webinar_registrants, columns: {email: email, removed: first_name, last_name: last_name}, order_by: [id]}]}}
destinations: {mailchimp: {syncs: {newsletter: {fields: {FNAME: removed}, allow_pii: [email, removed, last_name]}}}}
`, Good: `models: {people: {union: [{from: zoom.webinar_registrants, columns: {email: email, given_name: first_name, last_name: last_name}, order_by: [id]}]}}
destinations: {mailchimp: {syncs: {newsletter: {fields: {FNAME: given_name}, allow_pii: [email, given_name, last_name]}}}}
`},
	{Code: "TAP420", Title: "mirror that shares its place",
		What: "Two syncs write into one place (one list, one object, one table of one account), and at least one of them is a mirror. A sync that the file switches off with enabled: false does not count, nor does one with mode: update, which has no members of its own.",
		Why:  "A mirror takes out who leaves its model, also where the other sync still sends them: the one would remove members of the other.",
		Fix:  "Make one model of both and mirror that, write into another place, or set mode: upsert in both. One that only tags or changes the members of the mirror says mode: update.",
		Example: `destinations:
  mailchimp:
    syncs:
      everybody: {model: people, to: {list: 1a2b3c4d5e}, key: {email_address: email}, mode: mirror, allow_pii: [email]}
`, Good: `destinations:
  mailchimp:
    syncs:
      everybody: {model: people, to: {list: 9z8y7x6w5v}, key: {email_address: email}, mode: mirror, allow_pii: [email]}
`},
	{Code: "TAP421", Severity: Warning, Title: "field that two syncs fill",
		What: "Two syncs write into one place and fill one field from different columns.",
		Why:  "A member that both send gets now the one and now the other value.",
		Fix:  "Fill the field in one of the syncs.",
		Example: `destinations:
  mailchimp:
    syncs:
      greeting: {model: people, to: {list: 1a2b3c4d5e}, key: {email_address: email}, fields: {FNAME: last_name}, allow_pii: [email, last_name]}
`, Good: `destinations:
  mailchimp:
    syncs:
      greeting: {model: people, to: {list: 1a2b3c4d5e}, key: {email_address: email}, fields: {GREETING: last_name}, allow_pii: [email, last_name]}
`},
	{Code: "TAP422", Title: "name in where that is no column",
		What:    "The condition compares something that is no column of the model.",
		Fix:     "Take the name that is offered. A text stands in single quotes; a name in double quotes is taken letter by letter, in capitals.",
		Example: "destinations: {mailchimp: {syncs: {newsletter: {where: lastname is not null}}}}\n", Good: "destinations: {mailchimp: {syncs: {newsletter: {where: last_name is not null}}}}\n"},
	{Code: "TAP440", Severity: Warning, Title: "destination without syncs",
		What:    "A destination has no syncs, so that nothing is sent to it.",
		Fix:     "Add one, or remove the destination.",
		Example: "destinations: {zendesk: {config: {subdomain: a, username: a@example.com, token: \"${secret.Z}\"}, syncs: {}}}\n", Good: "destinations: {zendesk: null}\n"},
}
