package state

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

const (
	ledgerFolder = "ledger/"
	ledgerFormat = 1
	// reads is how many runs are read side by side.
	reads = 8
)

// Ledger is the ledger of the bucket. It keeps what it wrote, so that a step is
// one call.
func (b *Bucket) Ledger() *Ledger { return &Ledger{b: b, open: map[string]*page{}} }

// Ledger is a deploy.Ledger.
type Ledger struct {
	b    *Bucket
	mu   sync.Mutex
	open map[string]*page
	word string // tells what this process wrote from what others did
}

var _ deploy.Ledger = (*Ledger)(nil)

// page is one run as it is stored.
type page struct {
	Format int        `json:"format"`
	Writer string     `json:"writer"`
	Run    deploy.Run `json:"run"`
	etag   string
}

// Begin opens a run, numbered after the last one.
func (l *Ledger) Begin(plan *deploy.Plan, owner string, now time.Time) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.b.Ensure(l.b.ctx); err != nil {
		return "", err
	}
	ids, err := l.ids()
	if err != nil {
		return "", err
	}
	number := 1
	if len(ids) > 0 {
		last, err := l.page(ids[len(ids)-1])
		if err != nil {
			return "", err
		}
		if r := last.Run; r.Plan == plan.Digest && !r.Finished() && r.Destroy == plan.Destroy {
			return r.ID, nil
		}
		number = numberOf(last.Run.ID) + 1
	}
	sum := sha256.Sum256([]byte(plan.Digest))
	run := deploy.Run{ID: fmt.Sprintf("%04d-%s", number, hex.EncodeToString(sum[:3])), Plan: plan.Digest, Owner: owner, Destroy: plan.Destroy, Began: now, Steps: []deploy.RunStep{}}
	return run.ID, l.save(&page{Run: run})
}

// Step adds steps to a run.
func (l *Ledger) Step(run string, steps ...deploy.RunStep) error {
	return l.change(run, func(r *deploy.Run) { r.Steps = append(r.Steps, steps...) })
}

// End closes a run.
func (l *Ledger) End(run, outcome string, now time.Time) error {
	return l.change(run, func(r *deploy.Run) { r.Ended, r.Outcome = now, outcome })
}

func (l *Ledger) change(run string, f func(*deploy.Run)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	was, err := l.page(run)
	if err != nil {
		return err
	}
	next := *was
	next.Run.Steps = slices.Clone(was.Run.Steps)
	f(&next.Run)
	return l.save(&next)
}

// save writes a page over the one that this process knows, and keeps it.
func (l *Ledger) save(p *page) error {
	if l.word == "" {
		word := make([]byte, 8)
		if _, err := io.ReadFull(l.b.c.Rand, word); err != nil {
			return fmt.Errorf("writing the ledger: %w", err)
		}
		l.word = fmt.Sprintf("%s:%d:%x", l.b.host, l.b.pid, word)
	}
	p.Format, p.Writer = ledgerFormat, l.word
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	etag, ok, err := l.b.write(l.b.ctx, key(p.Run.ID), data, condition{p.etag})
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("%s in bucket %s was written by another apply in the meantime: stop one of the two, look at both with `tapestry-ci history`, and apply again", key(p.Run.ID), l.b.name)
	}
	p.etag = etag
	l.open[p.Run.ID] = p
	return nil
}

// page is a run, from memory or from the bucket.
func (l *Ledger) page(run string) (*page, error) {
	if p := l.open[run]; p != nil {
		return p, nil
	}
	p, err := l.read(run)
	if err == nil {
		l.open[run] = p
	}
	return p, err
}

func (l *Ledger) read(run string) (*page, error) {
	data, etag, err := l.b.read(l.b.ctx, key(run))
	if err != nil {
		return nil, err
	}
	if data == nil {
		return nil, fmt.Errorf("run %q was never begun: bucket %s has no %s", run, l.b.name, key(run))
	}
	p := page{etag: etag}
	if err := json.Unmarshal(data, &p); err != nil || p.Run.ID != run {
		return nil, fmt.Errorf("%s in bucket %s is no run of a ledger", key(run), l.b.name)
	}
	if p.Format != ledgerFormat {
		return nil, fmt.Errorf("%s in bucket %s has form %d, and this version reads form %d", key(run), l.b.name, p.Format, ledgerFormat)
	}
	return &p, nil
}

// Runs reads every run, the oldest first. No bucket is no runs.
func (l *Ledger) Runs() ([]deploy.Run, error) {
	ids, err := l.ids()
	if err != nil {
		return nil, err
	}
	return l.all(ids)
}

// Last reads the newest run; nil where there is none.
func (l *Ledger) Last() (*deploy.Run, error) {
	ids, err := l.ids()
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	p, err := l.read(ids[len(ids)-1])
	if err != nil {
		return nil, err
	}
	return &p.Run, nil
}

func (l *Ledger) all(ids []string) ([]deploy.Run, error) {
	runs, errs := make([]deploy.Run, len(ids)), make([]error, len(ids))
	slots := make(chan struct{}, reads)
	var wg sync.WaitGroup
	for i, id := range ids {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			p, err := l.read(id)
			if err != nil {
				errs[i] = err
				return
			}
			runs[i] = p.Run
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return runs, nil
}

// ids lists the runs by their numbers.
func (l *Ledger) ids() ([]string, error) { return l.b.runs(l.b.ctx) }

func (b *Bucket) runs(ctx context.Context) ([]string, error) {
	var ids []string
	pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: aws.String(ledgerFolder), ExpectedBucketOwner: b.owner()})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if isCode(err, "NoSuchBucket") {
			return nil, nil
		}
		if err != nil {
			return nil, b.fail("listing the ledger", err)
		}
		for _, o := range out.Contents {
			id, isRun := strings.CutSuffix(strings.TrimPrefix(aws.ToString(o.Key), ledgerFolder), ".json")
			if isRun && numberOf(id) > 0 {
				ids = append(ids, id)
			}
		}
	}
	slices.SortStableFunc(ids, func(a, b string) int { return numberOf(a) - numberOf(b) })
	return ids, nil
}

func key(run string) string { return ledgerFolder + run + ".json" }

// numberOf is the number that the id of a run begins with; 0 where it has none.
func numberOf(id string) int {
	number, _, _ := strings.Cut(id, "-")
	n, err := strconv.Atoi(number)
	if err != nil {
		return 0
	}
	return n
}
