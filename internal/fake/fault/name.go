package fault

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// HTTP names a request by its method and path.
func HTTP(r *http.Request, _ []byte) Name {
	return Name{Operation: r.Method + " " + r.URL.Path}
}

// AWS names a request to AWS: the service and the caller are in the signature,
// the operation is where the protocol has it.
func AWS(r *http.Request, body []byte) Name {
	name := signed(r.Header.Get("Authorization"))
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		name.Form, name.Operation = JSON, target[strings.LastIndexByte(target, '.')+1:]
		return name
	}
	if parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/"); len(parts) == 4 && parts[0] == "service" && parts[2] == "operation" {
		name.Form, name.Operation = CBOR, parts[3]
		return name
	}
	if operation := queryAction(r, body); operation != "" {
		name.Form, name.Operation = Query, operation
		return name
	}
	if name.Service == "s3" || name.Service == "" {
		name.Service, name.Form, name.Operation = "s3", S3, s3Operation(r)
		return name
	}
	name.Operation = r.Method + " " + r.URL.Path
	return name
}

// credential is the part of a signature that says who signed, and for what:
// key/day/region/service/aws4_request.
var credential = regexp.MustCompile(`Credential=([^/,]+)/[^/]+/[^/]+/([^/,]+)/aws4_request`)

func signed(authorization string) Name {
	m := credential.FindStringSubmatch(authorization)
	if m == nil {
		return Name{}
	}
	return Name{Caller: m[1], Service: m[2]}
}

func queryAction(r *http.Request, body []byte) string {
	if action := r.URL.Query().Get("Action"); action != "" {
		return action
	}
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return ""
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return ""
	}
	return form.Get("Action")
}

// s3Parts are the words of a query that make a call one about a part of a bucket
// or of an object, with their names.
var s3Parts = map[string]string{
	"versioning": "Versioning", "encryption": "Encryption", "publicAccessBlock": "PublicAccessBlock", "tagging": "Tagging",
	"policy": "Policy", "lifecycle": "LifecycleConfiguration", "ownershipControls": "OwnershipControls", "location": "Location",
	"acl": "Acl", "notification": "NotificationConfiguration", "logging": "Logging", "object-lock": "ObjectLockConfiguration",
	"cors": "Cors", "policyStatus": "PolicyStatus", "uploads": "MultipartUploads", "versions": "Versions", "delete": "Delete",
}

var s3Verbs = map[string]string{
	http.MethodGet: "Get", http.MethodPut: "Put", http.MethodHead: "Head", http.MethodDelete: "Delete", http.MethodPost: "Post",
}

// s3Operation names a call in S3's own words, such as PutObject and
// GetBucketVersioning. Paths are /bucket/key.
func s3Operation(r *http.Request) string {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	query := r.URL.Query()
	for _, word := range slices.Sorted(maps.Keys(query)) {
		if part, ok := s3Parts[word]; ok {
			return s3Part(r.Method, part, key != "")
		}
	}
	switch {
	case bucket == "":
		return "ListBuckets"
	case key == "" && r.Method == http.MethodGet:
		return "ListObjectsV2"
	case key == "" && r.Method == http.MethodPut:
		return "CreateBucket"
	case key == "":
		return s3Verbs[r.Method] + "Bucket"
	case r.Method == http.MethodPut && r.Header.Get("X-Amz-Copy-Source") != "":
		return "CopyObject"
	}
	return s3Verbs[r.Method] + "Object"
}

func s3Part(method, part string, object bool) string {
	switch part {
	case "Versions":
		return "ListObjectVersions"
	case "Delete":
		return "DeleteObjects"
	case "MultipartUploads":
		if method == http.MethodGet {
			return "ListMultipartUploads"
		}
		return "CreateMultipartUpload"
	case "PublicAccessBlock":
		return s3Verbs[method] + part
	}
	if object {
		return s3Verbs[method] + "Object" + part
	}
	return s3Verbs[method] + "Bucket" + part
}
