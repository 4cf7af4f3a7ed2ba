package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"

	"github.com/legworkhq/legwork/server/store"
)

// answer is what the owner of a partition says.
type answer struct {
	Data     json.RawMessage `json:"data,omitzero"`
	Error    string          `json:"error,omitzero"`
	NotFound bool            `json:"notFound,omitzero"`
}

// Ask asks the owner of a tenant's partition. The error is store.ErrNoOwner, or what the owner
// says: store.ErrNotFound, or a text.
func (n *Node) Ask(ctx context.Context, q Question) ([]byte, error) {
	text, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	m, err := n.nc.RequestWithContext(ctx, n.names.ask(n.PartitionOf(q.Tenant)), text)
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return nil, store.ErrNoOwner
	case err != nil:
		return nil, explain(err, n.cfg.URL)
	}
	var a answer
	if err := json.Unmarshal(m.Data, &a); err != nil {
		return nil, fmt.Errorf("the owner's answer cannot be read: %w", err)
	}
	switch {
	case a.NotFound:
		return nil, fmt.Errorf("%w: %s", store.ErrNotFound, a.Error)
	case a.Error != "":
		return nil, errors.New(a.Error)
	}
	return a.Data, nil
}

// reply answers a question.
func (n *Node) reply(ctx context.Context, host Host, m *nats.Msg) {
	var q Question
	var a answer
	err := json.Unmarshal(m.Data, &q)
	if err == nil {
		a.Data, err = host.Answer(ctx, q)
	}
	if err != nil {
		a = answer{Error: err.Error(), NotFound: errors.Is(err, store.ErrNotFound)}
	}
	if text, err := json.Marshal(a); err == nil {
		_ = m.Respond(text)
	}
}

// What nodes tell one another, beside changes.
const (
	SaidDirectory = "directory" // tenants or tokens changed
	SaidResend    = "resend"    // dead notices are to be sent again
	SaidChanged   = "changed"   // a tenant's calls changed
)

// Say tells all other nodes something.
func (n *Node) Say(what string) error {
	text, err := json.Marshal(Said{What: what, From: n.cfg.Name})
	if err != nil {
		return err
	}
	return n.nc.Publish(n.names.said(), text)
}

// listen hears what others say until ctx ends.
func (n *Node) listen(ctx context.Context, host Host) error {
	said, err := n.nc.Subscribe(n.names.said(), func(m *nats.Msg) {
		var s Said
		if json.Unmarshal(m.Data, &s) == nil && s.From != n.cfg.Name {
			host.Heard(ctx, s)
		}
	})
	if err != nil {
		return err
	}
	subscriptions := []*nats.Subscription{said}
	for _, subject := range []string{n.names.hint("*"), n.names.hintOfBefore()} {
		changed, err := n.nc.Subscribe(subject, func(m *nats.Msg) {
			if tenant, err := tenantOf(m.Subject); err == nil {
				host.Heard(ctx, Said{What: SaidChanged, Tenant: tenant})
			}
		})
		if err != nil {
			return err
		}
		subscriptions = append(subscriptions, changed)
	}
	context.AfterFunc(ctx, func() {
		for _, s := range subscriptions {
			_ = s.Unsubscribe()
		}
	})
	return nil
}
