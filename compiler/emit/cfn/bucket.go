package cfn

import "github.com/tapestry-ci/tapestry-ci/compiler/emit/yamltree"

// The folders of the artefact bucket that AWS writes to.
const (
	balancerLogs = "logs/balancer"
	bucketLogs   = "logs/bucket"
)

// artifactBucket takes templates, manifests and published state, and the access
// logs of load balancers and of the other buckets. AWS delivers those only to
// buckets with its own encryption (SSE-S3), so this one has no key of ours:
// nothing secret is ever put into it.
func artifactBucket(s *stack) {
	s.group("Artefacts and access logs. AWS delivers access logs to buckets with SSE-S3 only; nothing here is secret.")
	logArn := func(folder string) node { return sub("${ArtifactBucket.Arn}/" + folder + "/*") }
	s.bucket("ArtifactBucket", s.p.AWS.Buckets.Artifacts, nil, nil,
		[]node{expire("AccessLogs", "logs/", logDays), expireOld()},
		statement{sid: "BalancerLogs", principal: service("logdelivery.elasticloadbalancing.amazonaws.com"),
			actions: []string{"s3:PutObject"}, resources: []node{logArn(balancerLogs)}, conditions: sameAccount()},
		statement{sid: "BucketLogs", principal: service("logging.s3.amazonaws.com"),
			actions: []string{"s3:PutObject"}, resources: []node{logArn(bucketLogs)}, conditions: sameAccount()},
	)
	s.output(OutArtifactBucket, "Bucket of artefacts and access logs", ref("ArtifactBucket"))
}

// dataBucket is a bucket of a later stack, encrypted with the pipeline's key
// and logged into the artefact bucket.
func (s *stack) dataBucket(id, base string, rules []node, policy ...statement) {
	logging := k("LoggingConfiguration", obj{
		k("DestinationBucketName", s.foundation(OutArtifactBucket)),
		k("LogFilePrefix", str(bucketLogs+"/"+base+"/")),
	})
	s.bucket(id, base, s.foundation(OutKey), &logging, rules, policy...)
}

// bucket is private, encrypted, versioned, reached over TLS only, and kept.
func (s *stack) bucket(id, base string, key node, logging *yamltree.Entry, rules []node, policy ...statement) {
	properties := obj{
		k("BucketName", sub(plain(base)+"-${AWS::AccountId}-${AWS::Region}")),
		k("BucketEncryption", obj{k("ServerSideEncryptionConfiguration", list{encryption(key)})}),
		k("VersioningConfiguration", obj{k("Status", str("Enabled"))}),
		k("PublicAccessBlockConfiguration", obj{
			k("BlockPublicAcls", boolean(true)), k("BlockPublicPolicy", boolean(true)),
			k("IgnorePublicAcls", boolean(true)), k("RestrictPublicBuckets", boolean(true)),
		}),
		k("OwnershipControls", obj{k("Rules", list{obj{k("ObjectOwnership", str("BucketOwnerEnforced"))}})}),
		k("LifecycleConfiguration", obj{k("Rules", append(list{abortUploads()}, rules...))}),
	}
	if logging != nil {
		properties = append(properties, *logging)
	}
	s.buckets = append(s.buckets, Bucket{id, base})
	s.add(id, "AWS::S3::Bucket", append(properties, s.tags()), kept())
	tlsOnly := statement{sid: "OnlyOverTLS", deny: true, principal: str("*"), actions: []string{"s3:*"},
		resources:  []node{att(id, "Arn"), sub("${" + id + ".Arn}/*")},
		conditions: condition("Bool", k("aws:SecureTransport", str("false")))}
	s.add(id+"Policy", "AWS::S3::BucketPolicy", obj{
		k("Bucket", ref(id)), k("PolicyDocument", policyDocument(append([]statement{tlsOnly}, policy...)...)),
	}, kept())
}

func encryption(key node) node {
	if key == nil {
		return obj{k("ServerSideEncryptionByDefault", obj{k("SSEAlgorithm", str("AES256"))})}
	}
	return obj{
		k("ServerSideEncryptionByDefault", obj{k("SSEAlgorithm", str("aws:kms")), k("KMSMasterKeyID", key)}),
		k("BucketKeyEnabled", boolean(true)),
	}
}

func abortUploads() node {
	return obj{
		k("Id", str("UnfinishedUploads")), k("Status", str("Enabled")),
		k("AbortIncompleteMultipartUpload", obj{k("DaysAfterInitiation", num(7))}),
	}
}

func expire(id, prefix string, days int64) node {
	rule := obj{k("Id", str(id)), k("Status", str("Enabled"))}
	if prefix != "" {
		rule = append(rule, k("Prefix", str(prefix)))
	}
	return append(rule, k("ExpirationInDays", num(days)))
}

// expireOld drops versions that were written over or deleted a year ago.
func expireOld() node {
	return obj{
		k("Id", str("OldVersions")), k("Status", str("Enabled")),
		k("NoncurrentVersionExpiration", obj{k("NoncurrentDays", num(365))}),
	}
}
