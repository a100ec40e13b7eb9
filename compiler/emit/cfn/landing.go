package cfn

// landing is the bucket that raw data lands in, and the role by which Snowflake
// reads it. Who may take the role is known only once Snowflake's storage
// integration exists; until then the trust policy denies it to everybody.
func landing(s *stack) {
	s.givenParameter(ParamSnowflakePrincipal, fromPrincipal, "String", "STORAGE_AWS_IAM_USER_ARN of Snowflake's storage integration; empty until it exists",
		k("Default", str("")), k("AllowedPattern", str("(arn:aws[a-z-]*:iam::[0-9]{12}:.+)?")))
	s.givenParameter(ParamSnowflakeExternalID, fromExternalID, "String", "STORAGE_AWS_EXTERNAL_ID of Snowflake's storage integration; empty until it exists", k("Default", str("")))
	s.conditions = append(s.conditions, k("IntegrationExists", tagged("And", list{
		notEmpty(ParamSnowflakePrincipal), notEmpty(ParamSnowflakeExternalID),
	})))
	s.group("Where raw data lands, to be loaded by Snowflake")
	s.dataBucket(landingBucket, s.p.AWS.Buckets.Landing, []node{expireOld()})
	s.output(OutLandingBucket, "Bucket that raw data lands in", ref(landingBucket))

	s.group("Snowflake's way to the landing bucket. Denied to everybody until the integration is known.")
	s.role("LandingRole", "Snowflake reads what has landed", landingTrust(),
		statement{sid: "ListLanded", actions: []string{"s3:ListBucket", "s3:GetBucketLocation"}, resources: []node{att(landingBucket, "Arn")}},
		statement{sid: "ReadLanded", actions: []string{"s3:GetObject", "s3:GetObjectVersion"}, resources: []node{sub("${" + landingBucket + ".Arn}/*")}},
		statement{sid: "DecryptLanded", actions: []string{"kms:Decrypt"}, resources: []node{s.foundation(OutKey)},
			conditions: condition("StringLike", k("kms:EncryptionContext:aws:s3:arn", list{att(landingBucket, "Arn"), sub("${" + landingBucket + ".Arn}/*")}))},
	)
	s.output(OutLandingRole, "Role of Snowflake's storage integration", att("LandingRole", "Arn"))
}

func notEmpty(parameter string) node {
	return tagged("Not", list{tagged("Equals", list{ref(parameter), str("")})})
}

func landingTrust() obj {
	return obj{k("Version", str("2012-10-17")), k("Statement", list{obj{
		k("Sid", str("Snowflake")),
		k("Effect", choose("IntegrationExists", str("Allow"), str("Deny"))),
		k("Principal", obj{k("AWS", choose("IntegrationExists", ref(ParamSnowflakePrincipal), sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")))}),
		k("Action", strs("sts:AssumeRole")),
		k("Condition", choose("IntegrationExists",
			condition("StringEquals", k("sts:ExternalId", ref(ParamSnowflakeExternalID))), noValue)),
	}})}
}
