package fault_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
)

// counter counts what really reached the service.
type counter struct{ done []string }

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.done = append(c.done, string(body))
	w.WriteHeader(http.StatusCreated)
}

func start(t *testing.T) (*fault.Proxy, *counter, func(body string) (*http.Response, error)) {
	service := &counter{}
	proxy := fault.New(service, fault.HTTP)
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	return proxy, service, func(body string) (*http.Response, error) {
		r, err := client.Post(server.URL+"/things", "text/plain", strings.NewReader(body))
		if err == nil {
			require.NoError(t, r.Body.Close())
		}
		return r, err
	}
}

func TestRefusedCallIsNotDone(t *testing.T) {
	proxy, service, post := start(t)
	proxy.Add(fault.Rule{Operation: "POST /things", Nth: 2, Do: fault.Refuse})
	for i, want := range []int{http.StatusCreated, http.StatusTooManyRequests, http.StatusCreated} {
		r, err := post(string(rune('a' + i)))
		require.NoError(t, err)
		assert.Equal(t, want, r.StatusCode)
	}
	assert.Equal(t, []string{"a", "c"}, service.done)
	calls := proxy.Calls("POST /things")
	require.Len(t, calls, 3)
	assert.Equal(t, "refused", calls[1].Fault)
	assert.Equal(t, http.StatusTooManyRequests, calls[1].Status)
}

// The case that resuming must survive: it was done, and nobody heard of it.
func TestDroppedReplyWasDone(t *testing.T) {
	proxy, service, post := start(t)
	proxy.Add(fault.Rule{Do: fault.Drop})
	_, err := post("a")
	require.Error(t, err)
	assert.Equal(t, []string{"a"}, service.done)
	assert.Equal(t, "dropped", proxy.Calls()[0].Fault)
	assert.Equal(t, http.StatusCreated, proxy.Calls()[0].Status)
	r, err := post("b")
	require.NoError(t, err)
	assert.Equal(t, http.StatusCreated, r.StatusCode, "one call is broken, not all")
}

func TestCutCallIsNotDone(t *testing.T) {
	proxy, service, post := start(t)
	proxy.Add(fault.Rule{Do: fault.Cut, Times: -1})
	for range 3 {
		_, err := post("a")
		require.Error(t, err)
	}
	assert.Empty(t, service.done)
}

func TestFunctionsRunAroundACall(t *testing.T) {
	proxy, service, post := start(t)
	var order []string
	proxy.Add(fault.Rule{Match: func(c fault.Call) bool { return string(c.Body) == "kill" },
		Before: func(fault.Call) { order = append(order, "before", strings.Join(service.done, "")) },
		After:  func(fault.Call) { order = append(order, "after", strings.Join(service.done, "")) }})
	for _, body := range []string{"a", "kill"} {
		_, err := post(body)
		require.NoError(t, err)
	}
	assert.Equal(t, []string{"before", "a", "after", "akill"}, order)
	assert.Len(t, proxy.Containing("kill"), 1)
	proxy.Reset()
	assert.Empty(t, proxy.Calls())
}

// Each protocol of AWS says elsewhere what is asked for, and tells errors in its
// own form.
func TestCallsToAWSAreNamed(t *testing.T) {
	signed := func(service string) string {
		return "AWS4-HMAC-SHA256 Credential=AKIAPLAN/20261125/us-east-1/" + service + "/aws4_request, SignedHeaders=host"
	}
	for _, c := range []struct {
		method, target, service, header, kind, body string
		want                                        fault.Name
	}{
		{"POST", "/", "cloudformation", "", "application/x-www-form-urlencoded", "Action=CreateChangeSet&StackName=x", fault.Name{Service: "cloudformation", Operation: "CreateChangeSet", Form: fault.Query}},
		{"POST", "/", "ssm", "AmazonSSM.PutParameter", "application/x-amz-json-1.1", "{}", fault.Name{Service: "ssm", Operation: "PutParameter", Form: fault.JSON}},
		{"POST", "/service/X/operation/PutMetricData", "monitoring", "", "application/cbor", "", fault.Name{Service: "monitoring", Operation: "PutMetricData", Form: fault.CBOR}},
		{"PUT", "/bucket/key", "s3", "", "", "", fault.Name{Service: "s3", Operation: "PutObject", Form: fault.S3}},
		{"GET", "/bucket?versioning", "s3", "", "", "", fault.Name{Service: "s3", Operation: "GetBucketVersioning", Form: fault.S3}},
		{"GET", "/bucket?list-type=2", "s3", "", "", "", fault.Name{Service: "s3", Operation: "ListObjectsV2", Form: fault.S3}},
	} {
		r := httptest.NewRequest(c.method, c.target, strings.NewReader(c.body))
		r.Header.Set("Authorization", signed(c.service))
		r.Header.Set("X-Amz-Target", c.header)
		r.Header.Set("Content-Type", c.kind)
		c.want.Caller = "AKIAPLAN"
		assert.Equal(t, c.want, fault.AWS(r, []byte(c.body)), c.target)
	}
	for form, want := range map[fault.Form]string{fault.Query: "<Code>Throttling</Code>", fault.S3: "<Code>SlowDown</Code>",
		fault.JSON: `"__type":"ThrottlingException"`, fault.CBOR: "ThrottlingException", fault.Plain: "too_many_requests"} {
		proxy := fault.New(http.NotFoundHandler(), func(*http.Request, []byte) fault.Name { return fault.Name{Form: form} })
		proxy.Add(fault.Rule{Do: fault.Refuse})
		w := httptest.NewRecorder()
		proxy.ServeHTTP(w, httptest.NewRequest("POST", "/", nil))
		assert.Contains(t, w.Body.String(), want)
		assert.GreaterOrEqual(t, w.Code, 400)
	}
}
