package e2e

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
)

// connectorDies kills Zoom's connector while it reads a page.
func (l *lane) connectorDies(name string) {
	l.t.Helper()
	require.Equal(l.t, "zoom", name)
	ctx, kill := context.WithCancel(l.t.Context())
	l.zoom.Fault(fault.Rule{Operation: "GET registrants", Before: func(fault.Call) { kill() }})
	require.ErrorContains(l.t, l.load(ctx, name), context.Canceled.Error())
	l.zoom.Reset()
}

// grouparooDies kills both services while the first change is on its way to
// Mailchimp, which gets it. They are started again, one after the other: two that
// read their configuration at the same moment disturb each other. Then half an
// hour goes by: before, Grouparoo does not take up what it may have sent.
func (l *lane) grouparooDies() {
	l.t.Helper()
	var once sync.Once
	died := make(chan struct{})
	l.mailchimp.Fault.Add(fault.Rule{Match: func(c fault.Call) bool { return c.Method != http.MethodGet }, Before: func(fault.Call) {
		once.Do(func() {
			l.cluster.worker.kill()
			l.cluster.web.kill()
			close(died)
		})
	}})
	select {
	case <-died:
	case <-time.After(5 * time.Minute):
		require.Fail(l.t, "Grouparoo sent nothing", "%s", l.cluster.worker.log)
	}
	l.cluster.startWeb()
	l.cluster.startWorker()
	l.cluster.late = func() {
		_, err := l.cluster.query(`UPDATE exports SET "startedAt" = "startedAt" - interval '31 minutes' WHERE state = 'pending'`)
		require.NoError(l.t, err)
	}
	l.cluster.late()
}
