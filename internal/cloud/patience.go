package cloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// longest is the longest pause between two tries.
const longest = 30 * time.Second

// Patience rides out an outage that is longer than the SDK's own retries. It is
// for reads, of something that goes on meanwhile: to give up would end the wait
// and not what is waited for.
type Patience struct {
	// First is the pause after the first failure; each is twice as long as the one
	// before. Total is after how long it gives up, 10 minutes where it is zero.
	First, Total time.Duration
	Now          func() time.Time
	// Wait waits. Nil is a timer.
	Wait func(context.Context, time.Duration) error
}

// Read reads, and reads again where that fails in a way that passes. It says so
// every time.
func (p Patience) Read(ctx context.Context, say func(string), read func() error) error {
	var began time.Time
	for pause := max(p.First, time.Nanosecond); ; pause = min(2*pause, longest) {
		err := read()
		if err == nil || ctx.Err() != nil || !Passes(err) {
			return err
		}
		if began.IsZero() {
			began = p.Now()
		}
		if tried := p.Now().Sub(began); tried >= p.total() {
			return fmt.Errorf("%w (tried for %s; what was begun goes on: apply again goes on waiting)", err, tried.Round(time.Second))
		}
		if say != nil {
			say(fmt.Sprintf("AWS cannot be asked (%s): trying again in %s", cause(err), pause))
		}
		if err := p.wait(ctx, pause); err != nil {
			return err
		}
	}
}

func (p Patience) total() time.Duration {
	if p.Total == 0 {
		return 10 * time.Minute
	}
	return p.Total
}

func (p Patience) wait(ctx context.Context, d time.Duration) error {
	if p.Wait != nil {
		return p.Wait(ctx, d)
	}
	return Sleep(ctx, d)
}

// Sleep waits for a while, or until ctx ends.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Passes reports whether a failed call may succeed later with nothing done about
// it: there was no connection, or no answer, or the service had enough to do or
// failed by itself. Everything that a service refuses for a reason stays so.
func Passes(err error) bool {
	var refusal smithy.APIError
	if errors.As(err, &refusal) && slices.Contains(ownFailures, refusal.ErrorCode()) {
		return true
	}
	return status(err) >= http.StatusInternalServerError || retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err).Bool() || NoConnection(err)
}

// ownFailures are a service's words for a failure of its own.
var ownFailures = []string{"InternalFailure", "InternalError", "InternalServerError", "InternalServiceError", "ServiceUnavailable", "ServiceUnavailableException", "ServerException"}

func status(err error) int {
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) && answer.Response != nil {
		return answer.HTTPStatusCode()
	}
	return 0
}

// NoConnection reports whether nothing was heard of the service at all, or the
// connection broke before the answer was there.
func NoConnection(err error) bool {
	var sending *smithyhttp.RequestSendError
	var network net.Error
	return errors.As(err, &sending) || errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) || retry.RetryableConnectionError{}.IsErrorRetryable(err).Bool()
}

// cause is the end of a chain of errors, on one line: the rest is for a log.
func cause(err error) string {
	var refusal smithy.APIError
	if errors.As(err, &refusal) {
		return refusal.ErrorCode() + ": " + oneLine(refusal.ErrorMessage())
	}
	if n := network(err); n != nil {
		return oneLine(n.Error())
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return oneLine(err.Error())
		}
		err = inner
	}
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
