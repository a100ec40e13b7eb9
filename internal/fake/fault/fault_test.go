package fault

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// backend counts what reaches it.
type backend struct{ done atomic.Int32 }

func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	b.done.Add(1)
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, "done "+string(body))
}

func serve(t *testing.T, name Namer) (*Proxy, *backend, string) {
	t.Helper()
	behind := &backend{}
	p := New(behind, name)
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return p, behind, server.URL
}

// post sends a body and gives the status and the answer; 0 where none came.
func post(t *testing.T, url, body string) (int, string) {
	t.Helper()
	resp, err := http.Post(url, "text/plain", strings.NewReader(body))
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(answer)
}

func TestCallsAreKept(t *testing.T) {
	p, _, url := serve(t, HTTP)
	status, answer := post(t, url+"/a?x=1", "one")
	assert.Equal(t, http.StatusCreated, status)
	assert.Equal(t, "done one", answer)
	post(t, url+"/b", "two")
	calls := p.Calls()
	require.Len(t, calls, 2)
	assert.Equal(t, Call{N: 1, Name: Name{Operation: "POST /a"}, Method: "POST", Path: "/a?x=1", Body: []byte("one"), Status: 201}, calls[0])
	assert.Equal(t, 2, calls[1].N)
	assert.Len(t, p.Calls("POST /b"), 1)
	assert.Len(t, p.Containing("two"), 1)
	assert.Len(t, p.Containing("x=1"), 1)
	assert.Empty(t, p.Containing("three"))
	p.Reset()
	assert.Empty(t, p.Calls())
}

func TestRefuseTheSecond(t *testing.T) {
	p, behind, url := serve(t, HTTP)
	p.Add(Rule{Operation: "POST /a", Nth: 2, Do: Refuse})
	var statuses []int
	for _, path := range []string{"/b", "/a", "/b", "/a", "/a"} {
		status, _ := post(t, url+path, "")
		statuses = append(statuses, status)
	}
	assert.Equal(t, []int{201, 201, 201, 429, 201}, statuses)
	assert.Equal(t, int32(4), behind.done.Load())
	assert.Equal(t, "refused", p.Calls()[3].Fault)
}

func TestTimes(t *testing.T) {
	for _, c := range []struct {
		nth, times int
		want       []int
	}{
		{0, 0, []int{429, 201, 201}}, {1, 2, []int{429, 429, 201}}, {2, -1, []int{201, 429, 429}}, {2, 1, []int{201, 429, 201}},
	} {
		p, _, url := serve(t, HTTP)
		p.Add(Rule{Nth: c.nth, Times: c.times, Do: Refuse})
		var got []int
		for range 3 {
			status, _ := post(t, url, "")
			got = append(got, status)
		}
		assert.Equal(t, c.want, got)
	}
}

func TestDropIsDoneAndCutIsNot(t *testing.T) {
	p, behind, url := serve(t, HTTP)
	p.Add(Rule{Operation: "POST /drop", Do: Drop})
	p.Add(Rule{Operation: "POST /cut", Do: Cut})
	status, answer := post(t, url+"/drop", "x")
	assert.Zero(t, status)
	assert.Contains(t, answer, "EOF")
	assert.Equal(t, int32(1), behind.done.Load())
	status, _ = post(t, url+"/cut", "x")
	assert.Zero(t, status)
	assert.Equal(t, int32(1), behind.done.Load())
	calls := p.Calls()
	assert.Equal(t, "dropped", calls[0].Fault)
	assert.Equal(t, http.StatusCreated, calls[0].Status)
	assert.Equal(t, "cut", calls[1].Fault)
	assert.Zero(t, calls[1].Status)
}

func TestFunctionsRunAroundACall(t *testing.T) {
	p, behind, url := serve(t, HTTP)
	var before, after atomic.Int32
	p.Add(Rule{
		Match:  func(c Call) bool { return string(c.Body) == "kill" },
		Before: func(Call) { before.Store(behind.done.Load()) },
		After:  func(Call) { after.Store(behind.done.Load()) },
	})
	post(t, url, "other")
	post(t, url, "kill")
	assert.Equal(t, int32(1), before.Load())
	assert.Equal(t, int32(2), after.Load())
}

func TestDelayHolds(t *testing.T) {
	p, _, url := serve(t, HTTP)
	p.Add(Rule{Delay: 30 * time.Millisecond})
	begun := time.Now()
	status, _ := post(t, url, "")
	assert.Equal(t, 201, status)
	assert.GreaterOrEqual(t, time.Since(begun), 30*time.Millisecond)

	p.Add(Rule{Delay: time.Hour})
	client := http.Client{Timeout: 20 * time.Millisecond}
	_, err := client.Get(url)
	require.Error(t, err, "the client gave up, and the server lets go of it")
}

func TestOwnFailure(t *testing.T) {
	p, _, url := serve(t, HTTP)
	p.Add(Rule{Do: Refuse, Code: "locked", Message: "in use", Status: http.StatusConflict})
	status, answer := post(t, url, "")
	assert.Equal(t, http.StatusConflict, status)
	assert.JSONEq(t, `{"type": "locked", "message": "in use"}`, answer)
}

// Rules count for themselves: the first does not take calls from the second.
func TestRulesAreIndependent(t *testing.T) {
	p, _, url := serve(t, HTTP)
	p.Add(Rule{Nth: 1, Do: Refuse})
	p.Add(Rule{Nth: 2, Do: Refuse, Status: 503})
	first, _ := post(t, url, "")
	second, _ := post(t, url, "")
	third, _ := post(t, url, "")
	assert.Equal(t, []int{429, 503, 201}, []int{first, second, third})
}

const signature = "AWS4-HMAC-SHA256 Credential=AKIAPLAN/20260101/us-east-1/%s/aws4_request, SignedHeaders=host, Signature=00"

func signedRequest(method, path, service, body string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if service != "" {
		r.Header.Set("Authorization", strings.Replace(signature, "%s", service, 1))
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func TestNamesOfAWS(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	for _, c := range []struct {
		r    *http.Request
		body string
		want Name
	}{
		{signedRequest("POST", "/", "cloudformation", "", "Content-Type", form), "Action=CreateChangeSet&Version=2010-05-15", Name{"cloudformation", "CreateChangeSet", "AKIAPLAN", Query}},
		{signedRequest("GET", "/?Action=GetCallerIdentity", "sts", ""), "", Name{"sts", "GetCallerIdentity", "AKIAPLAN", Query}},
		{signedRequest("POST", "/", "ssm", "", "X-Amz-Target", "AmazonSSM.PutParameter"), "{}", Name{"ssm", "PutParameter", "AKIAPLAN", JSON}},
		{signedRequest("POST", "/", "ecs", "", "X-Amz-Target", "AmazonEC2ContainerServiceV20141113.UpdateService"), "{}", Name{"ecs", "UpdateService", "AKIAPLAN", JSON}},
		{signedRequest("POST", "/service/GraniteServiceVersion20100801/operation/DescribeAlarms", "monitoring", ""), "", Name{"monitoring", "DescribeAlarms", "AKIAPLAN", CBOR}},
		{signedRequest("GET", "/schedules/x", "scheduler", ""), "", Name{"scheduler", "GET /schedules/x", "AKIAPLAN", Plain}},
		{signedRequest("GET", "/", "s3", ""), "", Name{"s3", "ListBuckets", "AKIAPLAN", S3}},
		{signedRequest("PUT", "/b", "s3", ""), "", Name{"s3", "CreateBucket", "AKIAPLAN", S3}},
		{signedRequest("PUT", "/b/k/l", "s3", ""), "Action=not", Name{"s3", "PutObject", "AKIAPLAN", S3}},
		{signedRequest("GET", "/b?list-type=2&prefix=x", "s3", ""), "", Name{"s3", "ListObjectsV2", "AKIAPLAN", S3}},
		{signedRequest("GET", "/b/k?x-id=GetObject", "s3", ""), "", Name{"s3", "GetObject", "AKIAPLAN", S3}},
		{signedRequest("PUT", "/b?versioning", "s3", ""), "", Name{"s3", "PutBucketVersioning", "AKIAPLAN", S3}},
		{signedRequest("PUT", "/b?publicAccessBlock", "s3", ""), "", Name{"s3", "PutPublicAccessBlock", "AKIAPLAN", S3}},
		{signedRequest("GET", "/b?versions", "s3", ""), "", Name{"s3", "ListObjectVersions", "AKIAPLAN", S3}},
		{signedRequest("POST", "/b?delete", "s3", ""), "", Name{"s3", "DeleteObjects", "AKIAPLAN", S3}},
		{signedRequest("POST", "/b/k?uploads", "s3", ""), "", Name{"s3", "CreateMultipartUpload", "AKIAPLAN", S3}},
		{signedRequest("GET", "/b/k?tagging", "s3", ""), "", Name{"s3", "GetObjectTagging", "AKIAPLAN", S3}},
		{signedRequest("HEAD", "/b", "s3", ""), "", Name{"s3", "HeadBucket", "AKIAPLAN", S3}},
		{signedRequest("DELETE", "/b/k", "s3", ""), "", Name{"s3", "DeleteObject", "AKIAPLAN", S3}},
		{signedRequest("PUT", "/b/k", "s3", "", "X-Amz-Copy-Source", "b/l"), "", Name{"s3", "CopyObject", "AKIAPLAN", S3}},
	} {
		assert.Equal(t, c.want, AWS(c.r, []byte(c.body)), "%s %s", c.r.Method, c.r.URL)
	}
}

func TestForms(t *testing.T) {
	for _, c := range []struct {
		form   Form
		status int
		body   string
	}{
		{Plain, 429, `{"message":"Too many requests","type":"too_many_requests"}`},
		{Query, 400, "<Code>Throttling</Code>"},
		{JSON, 400, `"__type":"ThrottlingException"`},
		{S3, 503, "<Code>SlowDown</Code>"},
		{CBOR, 400, "\xa2\x79\x00\x06__type\x79\x00\x13ThrottlingException\x79\x00\x07message\x79\x00\x0dRate exceeded"},
	} {
		w := httptest.NewRecorder()
		c.form.Write(w, tooMany(c.form))
		assert.Equal(t, c.status, w.Code)
		assert.Contains(t, w.Body.String(), c.body)
	}
	w := httptest.NewRecorder()
	Query.Write(w, Failure{Status: 400, Code: "X", Message: "a < b & c"})
	assert.Contains(t, w.Body.String(), "a &lt; b &amp; c")
}
func TestWatchersHearOfWhatWasDone(t *testing.T) {
	p, _, url := serve(t, HTTP)
	var heard []string
	p.Watch(func(c Call) { heard = append(heard, string(c.Body)) })
	p.Add(Rule{Nth: 2, Do: Refuse})
	p.Add(Rule{Nth: 3, Do: Drop})
	p.Add(Rule{Nth: 4, Do: Cut})
	for _, body := range []string{"plain", "refused", "dropped", "cut"} {
		post(t, url+"/", body)
	}
	assert.Equal(t, []string{"plain", "dropped"}, heard)
}
