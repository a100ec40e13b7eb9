package cfn

import (
	"bytes"
	"encoding/json"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// airbyteConfig is what the machine reads at run time, as JSON. Its values may
// hold ${X}, which CloudFormation fills in.
type airbyteConfig struct {
	Data        string          `json:"data"`
	Region      string          `json:"region"`
	Key         string          `json:"key"`
	LogGroup    string          `json:"logGroup"`
	Abctl       string          `json:"abctl"`
	AbctlSHA256 string          `json:"abctlSha256"`
	Chart       string          `json:"chart"`
	URL         string          `json:"url,omitempty"`
	Database    *configDatabase `json:"database,omitempty"`
	Bucket      string          `json:"bucket,omitempty"`
	Volume      string          `json:"volume,omitempty"`
}

type configDatabase struct {
	ID     string `json:"id"`
	Host   string `json:"host"`
	Port   string `json:"port"`
	Name   string `json:"name"`
	Secret string `json:"secret"`
}

// machineConfig is the one parameter through which the stack speaks to the
// machine.
func machineConfig(s *stack, managed bool) {
	c := airbyteConfig{
		Data: string(s.p.Ingestion.Data), Region: "${AWS::Region}", Key: "${Key}", LogGroup: plain(s.p.AWS.Names.LogGroup + airbyteLogs),
		Abctl: "${" + ParamAbctl + "}", AbctlSHA256: "${" + ParamAbctlDigest + "}", Chart: "${" + ParamChart + "}",
	}
	if s.balanced(s.p.Ingestion.Access) {
		c.URL = "https://${" + balancerID + ".DNSName}"
	}
	if managed {
		c.Bucket = "${" + stateBucket + "}"
		c.Database = &configDatabase{ID: "${" + databaseID + "}", Host: "${" + databaseID + ".Endpoint.Address}",
			Port: "${" + databaseID + ".Endpoint.Port}", Name: "airbyte", Secret: "${" + databaseSecret + "}"}
	} else {
		c.Volume = "${" + dataVolume + "}"
	}
	s.group("What the machine is told. It looks every five minutes, and acts on a difference.")
	s.add("MachineConfig", "AWS::SSM::Parameter", obj{
		k("Name", str(s.p.Params().Airbyte.Config)), k("Type", str("String")),
		k("Description", str("Read by Airbyte's machine; made by stack "+s.p.AWS.Stacks.Ingestion)),
		k("Value", tagged("Sub", list{block(indentedJSON(c)), obj{k("Key", s.foundation(OutKey))}})),
		s.tagMap(),
	})
}

func indentedJSON(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		panic(err) // only for a type that JSON cannot say, which no caller has
	}
	return b.String()
}

// instancePolicies is the machine's role. Every container on the machine can
// use it, so it can do nothing but what Airbyte itself needs.
func instancePolicies(s *stack) {
	key := []node{s.foundation(OutKey)}
	airbyte := arn("ssm", "parameter"+plain(s.p.AWS.ParamPath)+"/airbyte/*")
	statements := []statement{
		{sid: "BeManaged", why: "Session Manager and Run Command; these actions know no narrower resource. The managed policy\nfor it would also let the machine read every SSM parameter of the account.",
			actions: []string{"ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
				"ec2messages:AcknowledgeMessage", "ec2messages:DeleteMessage", "ec2messages:FailMessage", "ec2messages:GetEndpoint", "ec2messages:GetMessages", "ec2messages:SendReply"},
			resources: everything()},
		{sid: "ReadOwnParameters", actions: []string{"ssm:GetParameter"}, resources: []node{airbyte}},
		{sid: "PublishCredentials", actions: []string{"ssm:PutParameter"}, resources: []node{parameterARN(s.p.Params().Airbyte.Credentials)}},
		{sid: "EncryptOwnParameters", actions: []string{"kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"}, resources: key,
			conditions: condition("StringLike", k("kms:EncryptionContext:PARAMETER_ARN", airbyte))},
		{sid: "WriteLogs", actions: []string{"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"},
			resources: []node{arn("logs", "log-group:"+plain(s.p.AWS.Names.LogGroup)+airbyteLogs+":*")}},
		{sid: "ReportHealth", why: "Metrics have no resource; the namespace is the limit.", actions: []string{"cloudwatch:PutMetricData"}, resources: everything(),
			conditions: condition("StringEquals", k("cloudwatch:namespace", str(metricNamespace)))},
	}
	if s.p.Ingestion.Data == ir.Managed {
		statements = append(statements, managedStatements(key)...)
	} else {
		statements = append(statements, volumeStatements(s)...)
	}
	if s.p.Ingestion.Landing == ir.S3 {
		statements = append(statements, bucketStatements("Landing", landingBucket, key)...)
	}
	s.group("What the machine may do. Its containers can reach the role too, so it is narrow.")
	s.role(instanceRole, "Airbyte's machine", trust("ec2.amazonaws.com", nil), statements...)
}

func managedStatements(key []node) []statement {
	return append([]statement{
		{sid: "ReadDatabasePassword", actions: []string{"secretsmanager:GetSecretValue"}, resources: []node{ref(databaseSecret)}},
		{sid: "DecryptDatabasePassword", actions: []string{"kms:Decrypt"}, resources: key,
			conditions: condition("StringEquals", k("kms:EncryptionContext:SecretARN", ref(databaseSecret)))},
		{sid: "SeeBackups", actions: []string{"rds:DescribeDBInstances"}, resources: []node{att(databaseID, "DBInstanceArn")}},
	}, bucketStatements("State", stateBucket, key)...)
}

// bucketStatements lets the machine use a bucket. With bucket keys the
// encryption's context is the bucket.
func bucketStatements(name, bucket string, key []node) []statement {
	return []statement{
		{sid: name + "List", actions: []string{"s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads"}, resources: []node{att(bucket, "Arn")}},
		{sid: name + "Objects", actions: []string{"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"}, resources: []node{sub("${" + bucket + ".Arn}/*")}},
		{sid: name + "Key", actions: []string{"kms:Decrypt", "kms:GenerateDataKey"}, resources: key,
			conditions: condition("StringLike", k("kms:EncryptionContext:aws:s3:arn", list{att(bucket, "Arn"), sub("${" + bucket + ".Arn}/*")}))},
	}
}

func volumeStatements(s *stack) []statement {
	own := obj{}
	for _, t := range s.p.AWS.Tags {
		if t.Key == "tapestry:environment" || t.Key == "tapestry:pipeline" {
			own = append(own, k("aws:ResourceTag/"+t.Key, str(t.Value)))
		}
	}
	throughEC2 := k("kms:ViaService", sub("ec2.${AWS::Region}.amazonaws.com"))
	return []statement{
		{sid: "TakeDataVolume", why: "The volume cannot be named: it is made in the zone of the machine that has this role.",
			actions: []string{"ec2:AttachVolume"}, resources: []node{arn("ec2", "volume/*"), arn("ec2", "instance/*")},
			conditions: condition("StringEquals", own...)},
		{sid: "OpenDataVolume", actions: []string{"kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*"},
			resources: []node{s.foundation(OutKey)}, conditions: condition("StringEquals", throughEC2)},
		{sid: "LendKeyToVolume", actions: []string{"kms:CreateGrant"}, resources: []node{s.foundation(OutKey)},
			conditions: obj{k("StringEquals", obj{throughEC2}), k("Bool", obj{k("kms:GrantIsForAWSResource", str("true"))})}},
		{sid: "SeeBackups", why: "EC2 has no narrower resource for this.", actions: []string{"ec2:DescribeSnapshots"}, resources: everything()},
	}
}
