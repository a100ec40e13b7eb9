package ir

// SnowflakeParams are the names of the SSM parameters that hold what apply
// makes for the service users of the warehouse. They are below the path of the
// pipeline's own secrets; the slash keeps the two apart.
type SnowflakeParams struct{ AirbyteKey, DbtKey, GrouparooToken string }

// SnowflakeParams gives the names: private keys in PKCS #8 PEM, and a
// programmatic access token that stands where a password would.
func (p *Pipeline) SnowflakeParams() SnowflakeParams {
	below := p.AWS.ParamPath + "/snowflake/"
	return SnowflakeParams{
		AirbyteKey:     below + "airbyte-private-key",
		DbtKey:         below + "dbt-private-key",
		GrouparooToken: below + "grouparoo-token",
	}
}
