package cfn

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/yamltree"
)

// encryptionKey is the one key of the pipeline. It is kept when the stack goes:
// snapshots and buckets that are kept cannot be read without it.
func encryptionKey(s *stack) {
	s.group("The pipeline's key: databases, volumes, buckets, logs, alerts and parameters are encrypted with it.")
	s.add("Key", "AWS::KMS::Key", obj{
		k("Description", str("tapestry-ci: data of "+s.p.Prefix)),
		k("EnableKeyRotation", boolean(true)),
		k("PendingWindowInDays", num(30)),
		k("KeyPolicy", policyDocument(keyStatements(s)...)),
		s.tags(),
	}, kept())
	s.add("KeyAlias", "AWS::KMS::Alias", obj{
		k("AliasName", str(s.p.AWS.Names.KeyAlias)), k("TargetKeyId", ref("Key")),
	})
	s.output(OutKey, "Key of the pipeline's data", att("Key", "Arn"))
}

func keyStatements(s *stack) []statement {
	use := []string{"kms:Decrypt", "kms:GenerateDataKey*"}
	return []statement{
		{sid: "AccountDecides", why: `In a key's policy "*" is this key alone. The account's own policies decide who may use it.`,
			principal: obj{k("AWS", sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root"))}, actions: []string{"kms:*"}, resources: everything()},
		{sid: "Logs", principal: service("logs.${AWS::Region}.amazonaws.com"), actions: append([]string{"kms:Encrypt", "kms:DescribeKey", "kms:ReEncrypt*"}, use...),
			resources:  everything(),
			conditions: condition("ArnLike", k("kms:EncryptionContext:aws:logs:arn", arn("logs", "log-group:"+plain(s.p.AWS.Names.LogGroup)+"/*")))},
		{sid: "Alarms", principal: service("cloudwatch.amazonaws.com"), actions: use, resources: everything(), conditions: sameAccount()},
		{sid: "Events", why: eventsWithoutCondition, principal: service("events.amazonaws.com"), actions: use, resources: everything()},
	}
}

// eventsWithoutCondition is why nothing narrows what EventBridge may do.
const eventsWithoutCondition = "EventBridge tells neither account nor rule when it delivers to an encrypted topic: a condition would\n" +
	"drop every message without a word."

// service with a region in it has to be substituted.
func service(name string) node {
	if strings.Contains(name, "${") {
		return obj{k("Service", sub(name))}
	}
	return obj{k("Service", str(name))}
}

// shortHash is a part of a logical id for something whose own name has
// characters that an id may not have.
func shortHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])[:10]
}

func block(text string) node { return yamltree.Block(text) }
