package cluster

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// DefaultPrefix begins the names of everything that a cluster has in NATS.
const DefaultPrefix = "legwork"

// Version is that of what nodes say to one another, ChangesVersion of what they tell
// subscribers of changes: they stand in subjects, and rise when an older node or subscriber
// could not understand.
const (
	Version        = 1
	ChangesVersion = 2
)

// names are those of a cluster's streams, buckets and subjects.
type names struct{ prefix string }

func (n names) stream() string  { return n.prefix + "-in" }      // notifications
func (n names) changes() string { return n.prefix + "-changes" } // of calls
func (n names) nodes() string   { return n.prefix + "-nodes" }   // bucket: who is there
func (n names) seen() string    { return n.prefix + "-seen" }    // bucket: who was there of late
func (n names) leases() string  { return n.prefix + "-leases" }  // bucket: who owns what

// in is the subject to which notifications are published, whose token is their tenant, or
// that of a partition's bundles. The stream keeps them under that of their partition.
func (n names) in(token string) string { return n.prefix + ".in." + token }

// partitioned is the subject under which a partition's notifications are kept.
func (n names) partitioned(p int) string { return fmt.Sprintf("%s.p.%d.*", n.prefix, p) }

// transform maps the first to the second, in the words of NATS.
func (n names) transform(partitions int) (from, to string) {
	return n.prefix + ".in.*", fmt.Sprintf("%s.p.{{partition(%d,1)}}.{{wildcard(1)}}", n.prefix, partitions)
}

// tenantOf reads the tenant from the subject of a notification that is kept.
func tenantOf(subject string) (int64, error) {
	return strconv.ParseInt(subject[strings.LastIndexByte(subject, '.')+1:], 10, 64)
}

// changed is the subject of a tenant's changes, each message of which has several.
func (n names) changed(tenant int64) string { return n.anyChanges(strconv.FormatInt(tenant, 10)) }

func (n names) anyChanges(tenant string) string {
	return fmt.Sprintf("%s.v%d.changes.%s", n.prefix, ChangesVersion, tenant)
}

// hint is the subject on which nodes hear that a tenant's calls changed: no stream keeps it.
func (n names) hint(tenant string) string {
	return fmt.Sprintf("%s.v%d.changed.%s", n.prefix, ChangesVersion, tenant)
}

// hintOfBefore is what nodes of before say in place of it, with every batch of theirs.
func (n names) hintOfBefore() string { return fmt.Sprintf("%s.v%d.published.*", n.prefix, Version) }

// floor is the subject that says up to which change all of a partition's are published;
// floorOfBefore is that of nodes of before, who published them elsewhere.
func (n names) floor(p int) string {
	return fmt.Sprintf("%s.v%d.floor.%d", n.prefix, ChangesVersion, p)
}
func (n names) floorOfBefore(p int) string {
	return fmt.Sprintf("%s.v%d.floor.%d", n.prefix, Version, p)
}

// ask is the subject on which the owner of a partition listens; said that on which all
// nodes do.
func (n names) ask(p int) string { return fmt.Sprintf("%s.v%d.ask.%d", n.prefix, Version, p) }
func (n names) said() string     { return fmt.Sprintf("%s.v%d.said", n.prefix, Version) }

// The headers of a notification: its identity, and when it was received, in milliseconds;
// and of changes: the number of the last one.
const (
	headerID       = "Nats-Msg-Id"
	headerReceived = "Legwork-Received"
	headerChange   = "Legwork-Change"
)

// identity is that of what is published under a token: what is equal byte for byte has the
// same one.
func identity(token string, data []byte) string {
	sum := sha256.Sum256(data)
	return token + "." + base64.RawURLEncoding.EncodeToString(sum[:16])
}
