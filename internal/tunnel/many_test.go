package tunnel

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFiftyAtOnce(t *testing.T) {
	w := newWorld(t)
	tunnel := w.open(t)
	results := make([]error, 50)
	var all sync.WaitGroup
	for i := range results {
		all.Go(func() {
			c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			for k := range 3 {
				if err := there(c, tunnel.URL(), noise(uint64(i), 1+i*k*1000)); err != nil {
					results[i] = err
					return
				}
			}
		})
	}
	all.Wait()
	for i, err := range results {
		require.NoError(t, err, "connection %d: %s", i, w.heard())
	}
	require.Equal(t, 1, w.Count("StartSession"))
	require.NoError(t, tunnel.Err())
}

// asks sends a request for n bytes and reads nothing of the answer.
func asks(t *testing.T, tunnel *Tunnel, n int) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(tunnel.URL(), "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = fmt.Fprintf(conn, "GET /?bytes=%d HTTP/1.1\r\nHost: airbyte\r\n\r\n", n)
	require.NoError(t, err)
	return conn
}

// One that reads nothing of much more than smux would hold by itself does not
// hold up the others, and gets all when it reads.
func TestASlowReader(t *testing.T) {
	w := newWorld(t)
	tunnel := w.open(t)
	slow := asks(t, tunnel, 24<<20)
	require.Eventually(t, func() bool { return w.gave.Load() == 24<<20 }, 60*time.Second, 10*time.Millisecond)
	c := client(t)
	for i := range 5 {
		require.NoError(t, there(c, tunnel.URL(), noise(uint64(i), 100_000)))
	}
	require.NoError(t, slow.SetReadDeadline(time.Now().Add(60*time.Second)))
	_, err := io.CopyN(io.Discard, slow, 24<<20)
	require.NoError(t, err)
	require.NoError(t, tunnel.Err())
}

// One that takes nothing at all is cut in the end, with a reason.
func TestAReaderThatIsStuck(t *testing.T) {
	w := newWorld(t)
	w.pace.stall = 100 * time.Millisecond
	tunnel := w.open(t)
	stuck := asks(t, tunnel, 24<<20)
	require.Eventually(t, func() bool { return strings.Contains(w.heard(), "took nothing for 100ms") }, 60*time.Second, 10*time.Millisecond)
	require.NoError(t, stuck.SetReadDeadline(time.Now().Add(60*time.Second)))
	_, err := io.Copy(io.Discard, stuck)
	require.ErrorContains(t, err, "connection reset", "the end of the answer was not there")
	require.NoError(t, there(client(t), tunnel.URL(), []byte("others go on")))
}
