package diag

// connectorCodes are the codes TAP201 to TAP219: connectors and what stands
// under config and to.
var connectorCodes = []Doc{
	{Code: "TAP201", Title: "unknown source",
		What:    "The catalogue has no source of that name. The name is the key, or what `connector:` says.",
		Fix:     "Take the name that is offered; tapestry-ci catalog list shows all. Any connector of Airbyte's registry can be used after tapestry-ci catalog update NAME, which writes it into tapestry.lock. A connector of your own is one more file in the catalogue.",
		Example: "sources:\n  telephone: {streams: {calls: {columns: {id: text}}}}\n",
		Good:    "sources:\n  telephone:\n    connector: faker\n    streams: {users: {columns: {id: integer, updated_at: timestamp}}}\n"},
	{Code: "TAP202", Title: "unknown destination",
		What:    "The catalogue has no destination of that name. The name is the key, or what `connector:` says.",
		Fix:     "Take the name that is offered; tapestry-ci catalog list shows all.",
		Example: "destinations:\n  news: {connector: mailchip, config: {api_key: \"${secret.KEY}\"}, syncs: {all: {model: people, key: {email_address: email}, allow_pii: [email]}}}\n",
		Good:    "destinations:\n  news: {connector: mailchimp, config: {api_key: \"${secret.KEY}\"}, syncs: {all: {model: people, to: {list: abc}, key: {email_address: email}, allow_pii: [email]}}}\n"},
	{Code: "TAP203", Title: "catalogue entry with mistakes",
		What: "The entry of the catalogue for this connector has mistakes of its own, so that nothing can be held against it.",
		Fix:  "Correct the entry. The notes say where and what. In the catalogue that the program carries this is a fault of tapestry-ci: please report it."},
	{Code: "TAP204", Title: "lock that was changed by hand",
		What: "An entry of tapestry.lock is not as tapestry-ci catalog update wrote it: its specification cannot be read, or is not the one that its digest stands for.",
		Why:  "The lock says which version of a connector was reviewed, and what its configuration is held against.",
		Fix:  "Take the file back from git, or write the entry anew: tapestry-ci catalog update NAME.",
		Example: `sources:
  phones: {config: {number: "12"}, streams: {calls: {columns: {id: text}}}}
-- tapestry.lock --
version: 1
connectors:
  phones:
    definition: 6f1f9d3e-2b7c-4c57-9e0c-0d6a2f4b8a11
    repository: airbyte/source-phones
    version: 1.0.0
    digest: sha256:0000000000000000000000000000000000000000000000000000000000000000
    spec: |
      {"properties":{"number":{"type":"string"}},"required":["number"],"type":"object"}
`, Good: `sources:
  phones: {config: {number: "12"}, streams: {calls: {columns: {id: text}}}}
-- tapestry.lock --
version: 1
connectors:
  phones:
    definition: 6f1f9d3e-2b7c-4c57-9e0c-0d6a2f4b8a11
    repository: airbyte/source-phones
    version: 1.0.0
    digest: sha256:3ab8ab826b621261df375a744e4bc3b1fa529f8d8ca4db50e8c59faa873b2273
    spec: |
      {"properties":{"number":{"type":"string"}},"required":["number"],"type":"object"}
`},
	{Code: "TAP210", Title: "unknown field of a connector",
		What:    "The connector has no field of that name under config, or the destination none under to.",
		Why:     "Many connectors accept unknown fields and pass over them, so a misspelt one would go unseen until data is missing.",
		Fix:     "Take the field that is offered; tapestry-ci catalog show NAME lists them.",
		Example: "destinations: {mailchimp: {syncs: {newsletter: {to: {list: abc123, lists: abc}}}}}\n", Good: "destinations: {mailchimp: {syncs: {newsletter: {to: {list: abc123}}}}}\n"},
	{Code: "TAP211", Title: "missing field of a connector",
		What:    "The connector needs a field that is not there or has no value.",
		Fix:     "Add it. The message says what it is; tapestry-ci catalog show NAME says where to get it.",
		Example: "sources: {zoom: {config: {account_id: null}}}\n", Good: "sources: {zoom: {config: {account_id: abc}}}\n"},
	{Code: "TAP212", Title: "wrong type in a configuration",
		What:    "The value of a field is of another type than the connector takes.",
		Why:     "The connector would refuse it when it is set up, after everything else has been made.",
		Fix:     "Write a value of the type that the message names.",
		Example: "sources: {zoom: {config: {account_id: [abc]}}}\n", Good: "sources: {zoom: {config: {account_id: abc}}}\n"},
	{Code: "TAP213", Title: "value that the connector does not take",
		What:    "The value of a field is not one of those allowed, or not of the form that the connector wants, or out of its range.",
		Fix:     "Write a value of the form that the message names.",
		Example: "destinations: {mailchimp: {syncs: {newsletter: {to: {list: \"not an id!\"}}}}}\n", Good: "destinations: {mailchimp: {syncs: {newsletter: {to: {list: 1a2b3c4d5e}}}}}\n"},
	{Code: "TAP214", Title: "secret in the file",
		What:    "A field that holds a secret has its value in the file, or in ${env.X}, whose value is part of the plan.",
		Why:     "Whoever can read the repository, its history or a plan could read the secret. The value is not shown in any message.",
		Fix:     "Write ${secret.NAME} and give the value to the job that applies the plan. If a real value stood in the file, replace it: it is in the history.",
		Example: "destinations: {mailchimp: {config: {api_key: abc-us1}}}\n", Good: "destinations: {mailchimp: {config: {api_key: \"${secret.MAILCHIMP_API_KEY}\"}}}\n"},
	{Code: "TAP215", Title: "secret that would be shown",
		What:    "${secret.X} stands in a field that the connector keeps in the open.",
		Why:     "Whoever may see the settings of the connection would read the secret there.",
		Fix:     "Use ${env.X} for a value that differs from place to place. Where the value really is a secret, look for the field that the connector has for it.",
		Example: "sources: {zoom: {config: {account_id: \"${secret.ZOOM_ACCOUNT}\"}}}\n", Good: "sources: {zoom: {config: {account_id: \"${env.ZOOM_ACCOUNT:-abc}\"}}}\n"},
	{Code: "TAP216", Title: "unknown form of a field",
		What: "A field has several forms, such as several ways to sign in, and the one that is named does not exist.",
		Fix:  "Take one of the forms that are listed, or leave the name out: the form is then known by its other fields.",
		Example: `sources:
  shop:
    connector: postgres
    config:
      host: db.example.com
      database: shop
      username: tapestry
      password: "${secret.SHOP}"
      replication_method: {method: Xmim}
    streams: {orders: {columns: {id: integer}}}
`, Good: `sources:
  shop:
    connector: postgres
    config:
      host: db.example.com
      database: shop
      username: tapestry
      password: "${secret.SHOP}"
      replication_method: {method: Xmin}
    streams: {orders: {columns: {id: integer}}}
`},
}
