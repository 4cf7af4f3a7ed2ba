package migrate

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/legworkhq/legwork/server/store"
)

// verify reads both stores again and compares them.
func (m *move) verify(ctx context.Context) error {
	m.progress.begin("verifying")
	began := time.Now()
	if err := m.sameDirectory(ctx); err != nil {
		return err
	}
	here, err := m.from.Amounts(ctx)
	if err != nil {
		return err
	}
	there, err := m.to.Amounts(ctx)
	if err != nil {
		return err
	}
	for _, t := range m.tenants {
		if err := m.same(ctx, t, here[t.ID], there[t.ID]); err != nil {
			return fmt.Errorf("tenant %s: %w", t.Name, err)
		}
	}
	m.report.ForVerifying = time.Since(began)
	return nil
}

func (m *move) sameDirectory(ctx context.Context) error {
	tenants, err := m.to.Tenants(ctx)
	if err != nil {
		return err
	}
	tokens, err := m.to.Tokens(ctx)
	if err != nil {
		return err
	}
	if !equal(tenants, m.tenants) || !equal(tokens, m.tokens) {
		return fmt.Errorf("%w: tenants or tokens", ErrDiffers)
	}
	return nil
}

// equal compares lists; nil and empty are the same.
func equal[T any](a, b []T) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if fmt.Sprintf("%v", a[i]) != fmt.Sprintf("%v", b[i]) {
			return false
		}
	}
	return true
}

// same compares what both stores have of a tenant.
func (m *move) same(ctx context.Context, t store.Tenant, here, there store.Amount) error {
	var a, b *sum
	var errs [2]error
	var wg sync.WaitGroup
	wg.Go(func() { a, errs[0] = sumUp(ctx, m.from, t.ID, m.progress) })
	wg.Go(func() { b, errs[1] = sumUp(ctx, m.to, t.ID, &Progress{}) })
	wg.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	if a.Amount != here || b.Amount != there {
		return fmt.Errorf("%w: %+v was read of %+v, and %+v of %+v", ErrDiffers, a.Amount, here, b.Amount, there)
	}
	if what := a.differences(b); len(what) > 0 {
		return fmt.Errorf("%w: %s; %+v and %+v", ErrDiffers, strings.Join(what, ", "), a.Amount, b.Amount)
	}
	return nil
}

// sum is what a tenant has, in short.
type sum struct {
	store.Amount
	// Journal is a digest of the entries in their order, Kept of calls and ceased ids in
	// that of their changes, Letters of notices.
	Journal, Kept, Letters [sha256.Size]byte
	// Snapshot is a digest too, of nothing when there is none.
	Snapshot [sha256.Size]byte
	// Applied and Saved are how many entries there are up to the progress and the snapshot.
	Applied, Saved int64
	// Progress and SavedAt are times.
	Progress, SavedAt int64
	lastChange        int64
}

// differences names what is not the same.
func (s *sum) differences(o *sum) (what []string) {
	a, b := reflect.ValueOf(s).Elem(), reflect.ValueOf(o).Elem()
	for i := range a.NumField() {
		if f := a.Type().Field(i); f.IsExported() && !a.Field(i).Equal(b.Field(i)) {
			what = append(what, strings.ToLower(f.Name))
		}
	}
	if o.lastChange < s.lastChange {
		what = append(what, "last change")
	}
	return what
}

// sumUp reads everything that a store has of a tenant.
func sumUp(ctx context.Context, db store.Origin, tenant int64, p *Progress) (*sum, error) {
	s := &sum{}
	at, err := db.Progress(ctx, tenant)
	if err != nil {
		return nil, err
	}
	s.Progress = int64(at.Now)
	saved, err := s.snapshot(ctx, db, tenant)
	if err != nil {
		return nil, err
	}
	if s.lastChange, err = db.LastChange(ctx, tenant); err != nil {
		return nil, err
	}
	d := newDigest()
	err = pages(0, func(after int64) ([]store.Entry, error) { return db.Entries(ctx, tenant, after, 1000) }, func(e *store.Entry) int64 { return e.Seq }, func(entries []store.Entry) error {
		for i := range entries {
			e := &entries[i]
			d.entry(e)
			if e.Seq <= at.Seq {
				s.Applied++
			}
			if e.Seq <= saved {
				s.Saved++
			}
		}
		s.Entries += int64(len(entries))
		p.Done.Add(int64(len(entries)))
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.Journal = d.sum()
	if err := s.kept(ctx, db, tenant, p); err != nil {
		return nil, err
	}
	return s, s.letters(ctx, db, tenant, p)
}

// snapshot returns the Seq of the snapshot, 0 for none.
func (s *sum) snapshot(ctx context.Context, db store.Origin, tenant int64) (seq int64, err error) {
	h := sha256.New()
	at, data, err := db.Snapshot(ctx, tenant)
	if err == nil {
		_, err = io.Copy(h, data)
		err = errors.Join(err, data.Close())
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return 0, err
	}
	h.Sum(s.Snapshot[:0])
	s.SavedAt = int64(at.Now)
	return at.Seq, nil
}

func (s *sum) kept(ctx context.Context, db store.Origin, tenant int64, p *Progress) error {
	d := newDigest()
	err := pages(0, func(after int64) ([]store.Kept, error) { return db.Kept(ctx, tenant, after, callsAtOnce) }, func(k *store.Kept) int64 { return k.Change }, func(kept []store.Kept) error {
		for i := range kept {
			d.kept(&kept[i])
			if kept[i].Gone != "" {
				s.Gone++
			} else {
				s.Calls++
			}
		}
		p.Done.Add(int64(len(kept)))
		return nil
	})
	s.Kept = d.sum()
	return err
}

func (s *sum) letters(ctx context.Context, db store.Origin, tenant int64, p *Progress) error {
	d := newDigest()
	err := pages(0, func(after int64) ([]store.Notice, error) { return db.NoticesOf(ctx, tenant, after, noticesAtOnce) }, func(n *store.Notice) int64 { return n.Seq }, func(notices []store.Notice) error {
		for i := range notices {
			d.notice(&notices[i])
		}
		s.Notices += int64(len(notices))
		p.Done.Add(int64(len(notices)))
		return nil
	})
	s.Letters = d.sum()
	return err
}

// digest is one of many fields, none of which runs into the next.
type digest struct {
	hash.Hash
	buf []byte
}

func newDigest() *digest { return &digest{Hash: sha256.New()} }

func (d *digest) sum() (out [sha256.Size]byte) {
	d.Sum(out[:0])
	return out
}

func (d *digest) numbers(list ...int64) {
	d.buf = d.buf[:0]
	for _, n := range list {
		d.buf = binary.AppendVarint(d.buf, n)
	}
	d.Write(d.buf)
}

func text[S ~string | ~[]byte](d *digest, list ...S) {
	for _, s := range list {
		d.buf = append(binary.AppendUvarint(d.buf[:0], uint64(len(s))), s...)
		d.Write(d.buf)
	}
}

func (d *digest) entry(e *store.Entry) {
	d.numbers(int64(e.Received))
	text(d, e.Session, e.UUID, e.Problem)
	text(d, e.Body)
}

func (d *digest) kept(k *store.Kept) {
	d.numbers(k.Row, k.Revision, k.Told, int64(k.Started), int64(k.Answered), int64(k.Ended), int64(k.Updated))
	text(d, k.Gone, k.Into, k.ID)
	text(d, k.Status, k.Direction, k.Outcome, k.Keys)
	text(d, k.Summary, k.Graph)
}

func (d *digest) notice(n *store.Notice) {
	dead := int64(0)
	if n.Dead {
		dead = 1
	}
	d.numbers(int64(n.Revision), int64(n.Created), int64(n.Next), int64(n.Attempts), dead)
	text(d, n.ID, n.Kind, string(n.Call), n.Failure)
	text(d, n.Body)
}
