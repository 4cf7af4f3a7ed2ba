package notice

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/legworkhq/legwork/recon/call"
	"github.com/legworkhq/legwork/server/shard"
	"github.com/legworkhq/legwork/server/store"
)

// Suspect is the kind of the notice that a subscription seems dead.
const Suspect = "subscription.suspect"

// Kinds are those that a tenant may want; usual are those that one gets who names none.
var (
	Kinds = []string{shard.Updated, shard.Final, shard.Revised, Suspect}
	usual = []string{shard.Final, shard.Revised, Suspect}
)

// Wants reports whether a tenant wants notices of a kind.
func Wants(t *store.Tenant, kind string) bool {
	kinds := t.NoticeKinds
	if len(kinds) == 0 {
		kinds = usual
	}
	return t.NoticeURL != "" && slices.Contains(kinds, kind)
}

// payload is the body of a notice.
type payload struct {
	Type      string         `json:"type"`
	Timestamp call.Time      `json:"timestamp"`
	Tenant    string         `json:"tenant"`
	Data      jsontext.Value `json:"data"`
}

// OfCall makes the notice of a kind about a call; false when the tenant does not want it.
// Its ID is the same whenever it is made of the same revision.
func OfCall(t *store.Tenant, kind string, c *store.Call, at call.Time) (store.Notice, bool) {
	if !Wants(t, kind) {
		return store.Notice{}, false
	}
	data := append(append([]byte(`{"call":`), c.Graph...), '}')
	body, err := json.Marshal(payload{kind, at, t.Name, data}, jsontext.AllowInvalidUTF8(true))
	if err != nil { // a graph is always JSON
		return store.Notice{}, false
	}
	return store.Notice{Tenant: t.ID, ID: id(t.Name, kind, string(c.ID), fmt.Sprint(c.Revision, c.Status)), Kind: kind, Call: c.ID, Revision: c.Revision,
		Body: body, Created: at, Next: at}, true
}

// OfSubscription makes the notice that a tenant's subscription is suspect.
func OfSubscription(t *store.Tenant, health any, at call.Time) (store.Notice, bool) {
	if !Wants(t, Suspect) {
		return store.Notice{}, false
	}
	data, err := json.Marshal(map[string]any{"subscription": health})
	if err != nil {
		return store.Notice{}, false
	}
	body, err := json.Marshal(payload{Suspect, at, t.Name, data})
	return store.Notice{Tenant: t.ID, ID: id(t.Name, Suspect, at.String()), Kind: Suspect, Body: body, Created: at, Next: at}, err == nil
}

func id(parts ...string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", parts))
	return "msg_" + hex.EncodeToString(sum[:16])
}
