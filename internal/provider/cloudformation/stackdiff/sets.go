package stackdiff

// itemKeys are the keys by which items of lists are told apart, the first that
// fits counts.
var itemKeys = []string{"Key", "Sid", "Name", "PolicyName", "DeviceName", "Id"}

// sets are properties whose lists have no order, for every type.
var sets = map[string]bool{
	"EnableCloudwatchLogsExports": true,
	"ManagedPolicyArns":           true,
	"RouteTableIds":               true,
	"SecurityGroupIds":            true,
	"SecurityGroups":              true,
	"SubnetIds":                   true,
	"Tags":                        true,
	"VPCSecurityGroups":           true,
}

// policySets are those within the documents of IAM.
var policySets = map[string]bool{"Action": true, "NotAction": true, "Resource": true, "NotResource": true}

func unordered(key string, policy bool) bool {
	return sets[key] || policy && policySets[key]
}
