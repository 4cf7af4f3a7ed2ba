package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/server/cluster"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/sim/oracle"
)

// chaosAudit writes down who writes, in the order in which it is seen: whoever changes a
// counter has locked it, and who claims a partition, and who notes that a notice was
// delivered, has locked the partition.
const chaosAudit = `
CREATE TABLE audit (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what TEXT NOT NULL, part BIGINT NOT NULL, token BIGINT NOT NULL, value BIGINT NOT NULL, owner TEXT NOT NULL, node TEXT NOT NULL, at TIMESTAMPTZ NOT NULL);
CREATE FUNCTION audit_counter() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	INSERT INTO audit (what, part, token, value, owner, node, at) VALUES (NEW.name, NEW.part, NEW.token, NEW.value, '', current_setting('application_name'), clock_timestamp());
	RETURN NULL;
END $$;
CREATE FUNCTION audit_partition() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	INSERT INTO audit (what, part, token, value, owner, node, at) VALUES ('claim', NEW.part, NEW.token, 0, NEW.owner, current_setting('application_name'), clock_timestamp());
	RETURN NULL;
END $$;
CREATE FUNCTION audit_notice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	INSERT INTO audit (what, part, token, value, owner, node, at) VALUES ('notice', OLD.part, 0, OLD.seq, '', current_setting('application_name'), clock_timestamp());
	RETURN NULL;
END $$;
CREATE TRIGGER audit AFTER UPDATE ON counters FOR EACH ROW EXECUTE FUNCTION audit_counter();
CREATE TRIGGER audit AFTER UPDATE ON partitions FOR EACH ROW EXECUTE FUNCTION audit_partition();
CREATE TRIGGER audit AFTER DELETE OR UPDATE ON notices FOR EACH ROW EXECUTE FUNCTION audit_notice();
`

// audited is a row of the audit.
type audited struct {
	What               string
	Part, Token, Value int64
	Owner, Node        string
	At                 time.Time
}

// check holds what must be true in the end.
func (c *chaos) check() {
	db, err := openShared(c.t.Context(), c.dsn("test"), chaosPartitions)
	require.NoError(c.t, err)
	defer db.Close()
	for _, a := range c.days {
		c.checkJournal(db, a)
		c.checkCalls(db, a)
	}
	c.checkOwners()
	c.checkChanges()
	c.told.check(c)
}

// checkJournal holds that a tenant's journal is what was answered 200, each once.
func (c *chaos) checkJournal(db store.Store, a *account) {
	missing := map[string]bool{}
	for _, line := range a.lines {
		missing[string(line)] = true
	}
	for after := int64(0); ; {
		entries, err := db.Entries(c.t.Context(), a.ID, after, 5000)
		require.NoError(c.t, err)
		if len(entries) == 0 {
			break
		}
		last := call.Time(0)
		for _, e := range entries {
			require.Greater(c.t, e.Seq, after)
			require.GreaterOrEqual(c.t, e.Received, last, "time runs backwards")
			require.True(c.t, missing[string(e.Body)], "%s: twice in the journal, or never sent: %s", a.Name, e.Body)
			delete(missing, string(e.Body))
			after, last = e.Seq, e.Received
		}
	}
	require.Empty(c.t, missing, "%s: answered 200 and not in the journal", a.Name)
}

// checkCalls holds a tenant's calls against the answer key, and what integrators were told.
func (c *chaos) checkCalls(db store.Store, a *account) {
	var truth, answer []*call.Call
	for _, line := range lines(c.t, filepath.Join(a.dir, "answers.ndjson")) {
		truth = append(truth, graph(c.t, line))
	}
	require.NoError(c.t, db.Each(c.t.Context(), a.ID, func(k *store.Call) error {
		answer = append(answer, graph(c.t, k.Graph))
		return nil
	}))
	c.sum.calls += len(answer)
	diff := oracle.Exact(truth, answer)
	if len(diff) > 0 {
		c.t.Errorf("%s: %d of %d calls differ, such as: %+v", a.Name, len(diff), len(truth), diff[0])
		c.explain(db, a, answer)
	}
	for _, g := range answer {
		if last := c.told.last(a.Name, g.ID); last != g.Revision {
			c.t.Errorf("%s: call %s has revision %d, and the last one that was told of is %d", a.Name, g.ID, g.Revision, last)
		}
	}
}

// explain tells which calls are not what their journal makes of them: those were not
// updated.
func (c *chaos) explain(db store.Store, a *account, answer []*call.Call) {
	for _, g := range answer {
		var sessions []string
		for _, m := range g.Sessions {
			sessions = append(sessions, string(m.ID))
		}
		entries, err := db.EntriesOf(c.t.Context(), a.ID, sessions)
		require.NoError(c.t, err)
		var events []wire.Event
		var seqs []int64
		for _, e := range entries {
			if ev, err := wire.Decode(e.Body); err == nil {
				events, seqs = append(events, ev), append(seqs, e.Seq)
			}
		}
		want, err := recon.Build(recon.Config{}, events)
		require.NoError(c.t, err)
		if len(want) != 1 || want[0].Revision != g.Revision {
			c.t.Logf("%s: call %s is revision %d, and of seq %v", a.Name, g.ID, g.Revision, seqs)
		}
	}
}

// checkOwners holds that nobody wrote into a partition but the last one who claimed it.
func (c *chaos) checkOwners() {
	var rows []audited
	c.query(func(ctx context.Context, conn *pgx.Conn) error {
		got, err := conn.Query(ctx, `SELECT what, part, token, value, owner, node, at FROM audit ORDER BY id`)
		if err == nil {
			rows, err = pgx.CollectRows(got, pgx.RowToStructByPos[audited])
		}
		return err
	})
	type counter struct {
		part int64
		what string
	}
	tokens, values, owners, claims := map[counter]int64{}, map[counter]int64{}, map[counter]string{}, 0
	for _, w := range rows {
		k := counter{w.Part, w.What}
		switch w.What {
		case "claim":
			claims++
			require.Equal(c.t, w.Owner, w.Node)
			require.Greater(c.t, w.Token, tokens[k], "partition %d was claimed with an old token", w.Part)
			tokens[k], owners[counter{w.Part, "notice"}] = w.Token, w.Node
		case "notice":
			require.Equal(c.t, owners[k], w.Node, "a notice of partition %d was changed by another one than its owner", w.Part)
		default:
			require.GreaterOrEqual(c.t, w.Token, tokens[k], "partition %d: the token of %s went down", w.Part, w.What)
			require.GreaterOrEqual(c.t, w.Value, values[k], "partition %d: %s went down", w.Part, w.What)
			if w.Token > tokens[k] {
				owners[k] = w.Node
			}
			require.Equal(c.t, owners[k], w.Node, "partition %d: %s was written by another one than its owner, token %d", w.Part, w.What, w.Token)
			tokens[k], values[k] = w.Token, w.Value
		}
	}
	fenced := 0
	for _, name := range c.workers() {
		fenced += strings.Count(c.nodes[name].said(1<<30), store.ErrFenced.Error())
	}
	if c.plan.kills > 0 && fenced == 0 {
		c.t.Error("no worker that was away was ever kept from writing")
	}
	c.t.Logf("%d writes were audited, %d claims among them; logs speak %d times of a fence", len(rows), claims, fenced)
}

// recovered is how long it took after a disturbance until calls were written again in every
// partition that it affected; false when nothing was to be written there any more.
func (c *chaos) recovered(d *disturbance) (longest time.Duration, ok bool) {
	busy := c.partitionsOfTenants()
	for _, p := range d.partitions {
		if !busy[p] {
			continue
		}
		var at *time.Time
		c.query(func(ctx context.Context, conn *pgx.Conn) error {
			return conn.QueryRow(ctx, `SELECT min(a.at) FROM audit a WHERE a.what = 'change' AND a.part = $1 AND a.at > $2
				AND a.value > coalesce((SELECT max(b.value) FROM audit b WHERE b.what = 'change' AND b.part = $1 AND b.at <= $2), 0)`, p, d.from).Scan(&at)
		})
		if at != nil {
			longest, ok = max(longest, at.Sub(d.from)), true
		}
	}
	return longest, ok
}

// checkChanges reads the stream of changes as a subscriber does: each change of a tenant
// once, in order, and the last one of each call is what the database has.
func (c *chaos) checkChanges() {
	nc, err := nats.Connect(strings.Join(c.lab.URLs(), ","))
	require.NoError(c.t, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	require.NoError(c.t, err)
	prefix := fmt.Sprintf("%s.v%d.changes.", cluster.DefaultPrefix, cluster.ChangesVersion)
	last, of := map[string]int64{}, map[string]map[string]int64{}
	for _, m := range c.readStream(js, cluster.DefaultPrefix+"-changes", prefix+"*") {
		tenant := strings.TrimPrefix(m.Subject(), prefix)
		if of[tenant] == nil {
			of[tenant] = map[string]int64{}
		}
		for line := range bytes.Lines(m.Data()) {
			var ch struct {
				Change int64
				Event  string
				Data   struct{ ID string }
			}
			require.NoError(c.t, json.Unmarshal(line, &ch), "%s", line)
			require.Greater(c.t, ch.Change, last[tenant], "tenant %s: a change was published twice, or out of order", tenant)
			last[tenant] = ch.Change
			of[tenant][ch.Data.ID] = ch.Change
			c.sum.changes++
		}
	}
	c.query(func(ctx context.Context, conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, `SELECT tenant::text, id, change FROM calls`)
		if err != nil {
			return err
		}
		var tenant, id string
		var change int64
		_, err = pgx.ForEachRow(rows, []any{&tenant, &id, &change}, func() error {
			if got := of[tenant][id]; got != change {
				c.t.Errorf("tenant %s: the last change of call %s is %d, and %d is the last one that was published", tenant, id, change, got)
			}
			return nil
		})
		return err
	})
}

// readStream reads all that a stream has on some subjects.
func (c *chaos) readStream(js jetstream.JetStream, stream, subject string) (out []jetstream.Msg) {
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
	defer cancel()
	s, err := js.Stream(ctx, stream)
	require.NoError(c.t, err)
	consumer, err := s.CreateConsumer(ctx, jetstream.ConsumerConfig{FilterSubject: subject, AckPolicy: jetstream.AckNonePolicy, MemoryStorage: true, Replicas: 1})
	require.NoError(c.t, err)
	for {
		batch, err := consumer.FetchNoWait(1000)
		require.NoError(c.t, err)
		n := 0
		for m := range batch.Messages() {
			out = append(out, m)
			n++
		}
		if errors.Is(batch.Error(), nats.ErrNoResponders) { // the consumer's server is not ready
			time.Sleep(100 * time.Millisecond)
			require.NoError(c.t, ctx.Err())
			continue
		}
		require.NoError(c.t, batch.Error())
		info, err := consumer.Info(ctx)
		require.NoError(c.t, err)
		if n == 0 && info.NumPending == 0 {
			return out
		}
	}
}

// ledger is the webhook of integrators: it writes down what they are told.
type ledger struct {
	mu     sync.Mutex
	byID   map[string]*told
	inTurn []*told
}

// told is a notice.
type told struct {
	id, tenant, kind string
	call             call.SessionID
	revision         int
	times            []time.Time
}

func newLedger() *ledger { return &ledger{byID: map[string]*told{}} }

func (l *ledger) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var n struct {
		Type, Tenant string
		Data         struct {
			Call struct {
				ID       call.SessionID
				Revision int
			}
		}
	}
	if json.NewDecoder(r.Body).Decode(&n) != nil || !strings.HasPrefix(n.Type, "call.") {
		return
	}
	id := r.Header.Get("webhook-id")
	l.mu.Lock()
	defer l.mu.Unlock()
	was := l.byID[id]
	if was == nil {
		was = &told{id: id, tenant: n.Tenant, kind: n.Type, call: n.Data.Call.ID, revision: n.Data.Call.Revision}
		l.byID[id] = was
		l.inTurn = append(l.inTurn, was)
	}
	was.times = append(was.times, time.Now())
}

// before is the disturbance that began last before a time.
func (c *chaos) before(at time.Time) string {
	last := &disturbance{}
	for _, d := range c.done {
		if d.from.Before(at) && d.from.After(last.from) {
			last = d
		}
	}
	return last.kind
}

// last is the last revision of a call that was told of.
func (l *ledger) last(tenant string, id call.SessionID) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := len(l.inTurn) - 1; i >= 0; i-- {
		if n := l.inTurn[i]; n.tenant == tenant && n.call == id {
			return n.revision
		}
	}
	return 0
}

// check holds that each revision of a call was told of in one notice. The same one may
// come again where it could not be noted that it was delivered; few do.
func (l *ledger) check(c *chaos) {
	l.mu.Lock()
	defer l.mu.Unlock()
	type about struct {
		tenant   string
		call     call.SessionID
		revision int
	}
	seen, highest, causes, again := map[about]*told{}, map[about]int{}, map[string]int{}, 0
	for _, n := range l.inTurn {
		k := about{n.tenant, n.call, n.revision}
		if was := seen[k]; was != nil {
			c.t.Errorf("%s: two notices of revision %d of call %s: %s and %s, %s later", n.tenant, n.revision, n.call, was.kind, n.kind, n.times[0].Sub(was.times[0]))
		}
		seen[k] = n
		k.revision = 0
		if n.revision < highest[k] {
			c.t.Errorf("%s: call %s was told of with revision %d after %d", n.tenant, n.call, n.revision, highest[k])
		}
		highest[k] = max(highest[k], n.revision)
		for _, at := range n.times[1:] {
			again++
			causes[c.before(at)]++
		}
	}
	c.sum.notices = len(l.inTurn)
	c.t.Logf("%d notices came again, of %d, after %v", again, len(l.inTurn), causes)
	if most := 5 + len(l.inTurn)/50; again > most {
		c.t.Errorf("%d notices came again, more than %d", again, most)
	}
}
