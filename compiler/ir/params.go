package ir

// Params are the names of all SSM parameters of a pipeline, but for those of
// its own secrets (Secret.Param), which are directly below the same path: the
// slash keeps the two apart. Whoever stores or reads one takes its name from
// here.
type Params struct {
	Airbyte   AirbyteParams
	Snowflake SnowflakeParams
	Grouparoo GrouparooParams
}

// AirbyteParams are what Airbyte's machine reads and writes. Its script knows
// their last parts.
type AirbyteParams struct {
	Config      string // made by the ingestion stack
	Credentials string // made by the machine: the API's client and its secret
}

// SnowflakeParams hold what apply makes for the service users of the warehouse:
// private keys in PKCS #8 PEM, and a programmatic access token that stands where
// a password would.
type SnowflakeParams struct{ AirbyteKey, DbtKey, GrouparooToken string }

// GrouparooParams hold what apply makes for Grouparoo's containers: the token
// with which its processes know each other, and who may sign in to its pages.
type GrouparooParams struct{ ServerToken, AdminEmail, AdminPassword string }

// Params gives the names.
func (p *Pipeline) Params() Params {
	below := func(name string) string { return p.AWS.ParamPath + "/" + name }
	return Params{
		Airbyte: AirbyteParams{
			Config:      below("airbyte/CONFIG"),
			Credentials: below("airbyte/CREDENTIALS"),
		},
		Snowflake: SnowflakeParams{
			AirbyteKey:     below("snowflake/airbyte-private-key"),
			DbtKey:         below("snowflake/dbt-private-key"),
			GrouparooToken: below("snowflake/grouparoo-token"),
		},
		Grouparoo: GrouparooParams{
			ServerToken:   below("grouparoo/server-token"),
			AdminEmail:    below("grouparoo/admin-email"),
			AdminPassword: below("grouparoo/admin-password"),
		},
	}
}

// MadeByApply are the parameters that no artefact makes: apply does, before the
// stack that reads them.
func (p Params) MadeByApply() []string {
	return []string{p.Grouparoo.ServerToken, p.Grouparoo.AdminEmail, p.Grouparoo.AdminPassword}
}
