package diag

// cloudCodes are the codes TAP5xx: AWS, Snowflake, schedules.
var cloudCodes = []Doc{
	{Code: "TAP501", Title: "unknown region",
		What:    "AWS has no region of that name, or it is in a partition of its own (China, GovCloud), which is not supported.",
		Fix:     "Take the region that is offered. us-east-1a is a zone, us-east-1 a region.",
		Example: "aws: {region: us-east-3}\n", Good: "aws: {region: us-east-2}\n"},
	{Code: "TAP502", Title: "machine that cannot run Airbyte",
		What:    "The instance type is not known, too small, has an ARM processor, or is not offered in the region.",
		Why:     "Airbyte needs 2 CPUs and 8 GB at least, and its connectors are built for Intel and AMD processors.",
		Fix:     "t3.large is the smallest that will do, t3.xlarge is comfortable.",
		Example: "ingestion: {instance: t4g.xlarge}\n", Good: "ingestion: {instance: t3.xlarge}\n"},
	{Code: "TAP503", Title: "subnets that do not do",
		What: "An existing network comes with too few subnets, one of them twice, or something that is no subnet id.",
		Why:  "Databases and tasks are spread over two zones, and a load balancer needs two public ones.",
		Fix:  "Name two private subnets or more in different zones, and two public ones where there is an access block.",
		Example: `aws:
  network: {vpc: vpc-0abc12345678def90, private_subnets: [subnet-0abc12345678def91], egress: [203.0.113.10]}
`, Good: `aws:
  network: {vpc: vpc-0abc12345678def90, private_subnets: [subnet-0abc12345678def91, subnet-0abc12345678def92], egress: [203.0.113.10]}
`},
	{Code: "TAP504", Title: "network that is none",
		What:    "An entry of allow is no IPv4 network, has bits behind the mask, or is there twice.",
		Fix:     "Write an address and the number of bits that count: 203.0.113.0/24, or 203.0.113.7/32 for a single one.",
		Example: access("us-east-1", "203.0.113.7/24"), Good: access("us-east-1", "203.0.113.0/24")},
	{Code: "TAP505", Severity: Warning, Title: "open to everyone",
		What:    "A load balancer is open to the whole internet.",
		Why:     "What stands behind it is then protected by its login page alone.",
		Fix:     "Name the networks of your people: an office, a VPN. Without an access block people come through a tunnel.",
		Example: access("us-east-1", "0.0.0.0/0"), Good: access("us-east-1", "203.0.113.0/24")},
	{Code: "TAP506", Title: "access without certificate or network",
		What:    "An access block has no certificate, one that is no ARN or of another region, or lets nobody in.",
		Why:     "The load balancer speaks HTTPS only, and takes certificates of its own region.",
		Fix:     "Request a certificate in AWS Certificate Manager, in the region of the pipeline, and name the networks that may connect.",
		Example: access("eu-west-1", "203.0.113.0/24"), Good: access("us-east-1", "203.0.113.0/24")},
	{Code: "TAP507", Title: "tag that AWS does not take",
		What:    "A tag has a key or a value that AWS refuses, keys differ by case only, or there are more than 48.",
		Fix:     "Keys have up to 128 characters and do not begin with aws: or tapestry:, values up to 256; letters, digits, spaces and _ . : / = + - @ are taken.",
		Example: "aws: {tags: {\"aws:team\": growth}}\n", Good: "aws: {tags: {team: growth}}\n"},
	{Code: "TAP508", Title: "account identifier that is none",
		What:    "The Snowflake account is an address, a locator of the old form, or a single word.",
		Fix:     "Write organisation, hyphen, account: SELECT CURRENT_ORGANIZATION_NAME() || '-' || CURRENT_ACCOUNT_NAME();",
		Example: "snowflake: {account: xy12345.eu-central-1}\n", Good: "snowflake: {account: myorg-account1}\n"},
	{Code: "TAP509", Title: "masking without the edition",
		What:    "masking: true stands with the standard edition of Snowflake.",
		Why:     "Masking policies came with the Enterprise edition; the statements would fail.",
		Fix:     "Set edition: enterprise where the account has it, or remove masking.",
		Example: "snowflake: {masking: true}\n", Good: "snowflake: {masking: true, edition: enterprise}\n"},
	{Code: "TAP510", Title: "auto_suspend out of range",
		What:    "A warehouse is to stop sooner than after 60 seconds, later than after 24 hours, or never (0s).",
		Why:     "Snowflake bills at least a minute each time a warehouse starts, and one that does not stop costs money day and night.",
		Fix:     "Write a duration from 60s to 24h.",
		Example: "snowflake: {warehouse: {auto_suspend: 0s}}\n", Good: "snowflake: {warehouse: {auto_suspend: 5m}}\n"},
	{Code: "TAP511", Title: "name of the database",
		What:    "The database has a name that belongs to Snowflake, is too long or empty, or an existing one is not named.",
		Fix:     "Take another name, or say which database exists.",
		Example: "snowflake: {database: {existing: true}}\n", Good: "snowflake: {database: {name: ANALYTICS, existing: true}}\n"},
	{Code: "TAP512", Title: "address of alerts",
		What:    "An address that alarms go to is no e-mail address, or is there twice.",
		Fix:     "Write the bare address, once.",
		Example: "alerts: {email: [Data Team]}\n", Good: "alerts: {email: [data@example.com]}\n"},
	{Code: "TAP513", Title: "ways out of an existing network",
		What: "An existing network comes without egress, or an entry is no IPv4 address or network, has bits behind the mask, is there twice, or is the whole internet.",
		Why:  "Snowflake gives Grouparoo a token only together with the addresses that it may be used from. Those of an own network are known; those of an existing one are its owner's.",
		Fix:  "Name the public addresses of the NAT gateways that the private subnets leave through: egress: [203.0.113.10, 203.0.113.11].",
		Example: `aws:
  network: {vpc: vpc-0abc12345678def90, private_subnets: [subnet-0abc12345678def91, subnet-0abc12345678def92]}
`, Good: `aws:
  network: {vpc: vpc-0abc12345678def90, private_subnets: [subnet-0abc12345678def91, subnet-0abc12345678def92], egress: [203.0.113.10]}
`},
	{Code: "TAP520", Title: "interval that no cron can say",
		What:    "A schedule such as 7h does not divide the day evenly.",
		Why:     "Airbyte and EventBridge run on crons, which start anew with each hour, day and week: every 7 hours would be 0, 7, 14 and 21 o'clock, and then 3 hours later.",
		Fix:     "Take one of the nearest intervals, or give a cron.",
		Example: "transform: {schedule: 7h}\n", Good: "transform: {schedule: 6h}\n"},
	{Code: "TAP521", Title: "cron that cannot be used",
		What:    "A cron does not have five fields, has a value out of range, would never run, or sets both day of month and day of week.",
		Why:     "It is translated to Quartz for Airbyte and to EventBridge for dbt; neither can say \"day of month or day of week\".",
		Fix:     "Write five fields: minute, hour, day of month, month, day of week.",
		Example: "transform: {schedule: {cron: \"0 6 * *\"}}\n", Good: "transform: {schedule: {cron: \"0 6 * * *\"}}\n"},
	{Code: "TAP522", Title: "unknown time zone",
		What:    "A time zone is not in the IANA database.",
		Fix:     "Write area and city: Europe/Berlin. The nearest one is offered.",
		Example: "transform: {schedule: {cron: \"0 6 * * *\", timezone: Berlin}}\n", Good: "transform: {schedule: {cron: \"0 6 * * *\", timezone: Europe/Berlin}}\n"},
}

// access is a load balancer, for examples.
func access(region, network string) string {
	return "ingestion:\n  access:\n    certificate: arn:aws:acm:" + region +
		":123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef\n    allow: [" + network + "]\n"
}
