package tunnel

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/tunnel/standin"
)

const instance = "i-0abc1234def567890"

// testPace waits less than the usual one, so that a test need not.
var testPace = pace{
	resend: 10 * time.Millisecond, ping: time.Minute, silence: 20 * time.Second, giveUp: 20 * time.Second, handshake: 20 * time.Second,
	dial: 10 * time.Second, write: 10 * time.Second, lastWord: time.Second, stall: 20 * time.Second, resume: 10 * time.Second, terminate: 5 * time.Second,
}

// world is a stand-in, what listens behind it, and what the tunnel says.
type world struct {
	*standin.Service
	pace pace
	mu   sync.Mutex
	said []string
	web  *httptest.Server
	down atomic.Bool  // nothing listens on the port
	hold atomic.Bool  // the server does not answer, until its client hangs up
	held atomic.Int32 // how many requests it holds
	gave atomic.Int64 // how many bytes it gave that were asked for
}

// newWorld has a server behind the instance that gives back what it gets, with
// its digest.
func newWorld(t testing.TB) *world {
	w := &world{pace: testPace}
	w.web = httptest.NewServer(http.HandlerFunc(w.echo))
	t.Cleanup(w.web.Close)
	w.Service = standin.Start(t, func(port string) (net.Conn, error) {
		if port != "8000" || w.down.Load() {
			return nil, fmt.Errorf("nothing listens on %s", port)
		}
		return net.Dial("tcp", w.web.Listener.Addr().String())
	})
	return w
}

func (world *world) echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if world.hold.Load() {
		world.held.Add(1)
		defer world.held.Add(-1)
		<-r.Context().Done()
		return
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if n, err := strconv.Atoi(r.FormValue("bytes")); err == nil {
		for sent := 0; sent < n; sent += 1 << 10 {
			_, _ = w.Write(make([]byte, 1<<10))
			world.gave.Add(1 << 10)
		}
		return
	}
	w.Header().Set("X-Digest", digest(body))
	_, _ = w.Write(body)
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func (w *world) config() Config {
	return Config{AWS: w.Config(), Instance: instance, Poll: time.Millisecond, pace: w.pace, Log: func(text string) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.said = append(w.said, text)
	}}
}

func (w *world) heard() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.said, "\n")
}

// open opens a tunnel that ends with the test.
func (w *world) open(t testing.TB) *Tunnel {
	tunnel, err := Open(context.Background(), w.config())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, tunnel.Close()) })
	return tunnel
}

// client is an HTTP client with connections of its own.
func client(t testing.TB) *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 32}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 60 * time.Second}
}

// there sends body through the tunnel and looks at both digests.
func there(c *http.Client, url string, body []byte) error {
	answer, err := c.Post(url, "application/octet-stream", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	back, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if want := digest(body); answer.Header.Get("X-Digest") != want || digest(back) != want {
		return fmt.Errorf("%d bytes went and %d came: sent %s, arrived %s, came back %s", len(body), len(back), want, answer.Header.Get("X-Digest"), digest(back))
	}
	return nil
}

// noise is bytes that no two tests share by chance.
func noise(seed uint64, n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	_, _ = r.Read(b)
	return b
}

func TestARequestGoesThrough(t *testing.T) {
	w := newWorld(t)
	tunnel := w.open(t)
	require.Regexp(t, `^http://127\.0\.0\.1:\d+$`, tunnel.URL())
	require.NoError(t, there(client(t), tunnel.URL(), []byte("hello\n")))
	w.Each(func(s *standin.Session) { require.Equal(t, fmt.Sprint(tunnel.port()), s.Local()) })
	require.NoError(t, tunnel.Close())
	require.Equal(t, []string{"StartSession", "TerminateSession"}, w.Calls())
	require.Zero(t, w.Living())
	require.NoError(t, tunnel.Err())
}

func TestTwentyAtOnce(t *testing.T) {
	w := newWorld(t)
	tunnel := w.open(t)
	c := client(t)
	var all sync.WaitGroup
	results := make([]error, 20)
	for i := range results {
		all.Go(func() { results[i] = there(c, tunnel.URL(), noise(uint64(i), 1<<20)) })
	}
	all.Wait()
	for i, err := range results {
		require.NoError(t, err, "request %d", i)
	}
	require.Equal(t, 1, w.Count("StartSession"))
}
