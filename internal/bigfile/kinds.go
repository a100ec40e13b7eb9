package bigfile

// kind is one connector: the lines below a source's name, and three streams.
type kind struct {
	lines   []string
	streams [3]stream
}

// stream is one stream, written as lines below its name, and what a model needs
// to know to read it.
type stream struct {
	name    string
	lines   []string
	columns string // the mapping of a model's email, first_name, last_name
	order   string
}

var kinds = []kind{
	{
		lines: []string{
			"connector: salesforce",
			"config:",
			"  client_id: 3MVG9.rain_shield",
			"  client_secret: ${secret.SF_CLIENT_SECRET}",
			"  refresh_token: ${secret.SF_REFRESH_TOKEN}",
			"  start_date: 2021-01-25T00:00:00Z",
			"schedule: 1h",
		},
		streams: [3]stream{salesforce("Contact"), salesforce("Lead"), salesforce("Fan__c")},
	},
	{
		lines: []string{
			"connector: zoom",
			"config:",
			"  account_id: rain-shield",
			"  client_id: webinars",
			"  client_secret: ${secret.ZOOM_CLIENT_SECRET}",
			"schedule: 6h",
		},
		streams: [3]stream{zoom("webinar_registrants"), zoom("users"), zoom("meeting_registrants")},
	},
	{
		lines: []string{
			"connector: postgres",
			"config:",
			"  host: db.rainshield.example",
			"  database: shop",
			"  username: airbyte",
			"  password: ${secret.SHOP_PASSWORD}",
			`schedule: {cron: "0 */6 * * *", timezone: Europe/Berlin}`,
		},
		streams: [3]stream{postgres("customers"), postgres("signups"), postgres("subscribers")},
	},
}

func salesforce(name string) stream {
	return stream{
		name: name,
		lines: []string{
			"sync_mode: incremental_deduped",
			"deleted_when: IsDeleted",
			"columns:",
			"  Id: text",
			"  Email: email",
			"  FirstName: text",
			"  LastName: text",
			"  IsDeleted: boolean",
			"  SystemModstamp: timestamp",
			"pii: [Email, FirstName, LastName]",
		},
		columns: "{email: Email, first_name: FirstName, last_name: LastName}",
		order:   "[SystemModstamp desc, Id]",
	}
}

func zoom(name string) stream {
	return stream{
		name: name,
		lines: []string{
			"columns: {id: text, email: email, first_name: text, last_name: text}",
			"pii: [email, first_name, last_name]",
		},
		columns: "[email, first_name, last_name]",
		order:   "[id]",
	}
}

func postgres(name string) stream {
	return stream{
		name: name,
		lines: []string{
			"sync_mode: incremental_deduped",
			"primary_key: [id]",
			"cursor: updated_at",
			"columns:",
			"  id: integer",
			"  email: email",
			"  given_name: text",
			"  family_name: text",
			"  spend: number(12,2)",
			"  updated_at: timestamp",
			"pii: [email, given_name, family_name]",
		},
		columns: "{email: email, first_name: given_name, last_name: family_name}",
		order:   "[updated_at desc, id]",
	}
}
