package config

import (
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"time"

	"github.com/legworkhq/legwork/recon"
	"github.com/legworkhq/legwork/server/store"
)

// Config is the configuration of a server. Default and Load make one; the zero Config is
// none that works.
type Config struct {
	// File is where it was read from, "" for no file.
	File string
	// Data is the directory of the database.
	Data string
	// Store is the URL of a PostgreSQL database, "" for a file in Data. It may hold a
	// password.
	Store Secret
	// Listen is the address to listen at, host:port.
	Listen string
	// PublicURL is how the outside world reaches the server, without a slash at its end;
	// "" when that is Listen.
	PublicURL string
	TLS       TLS
	// Cluster is that of which the server is a node, or its zero Servers.
	Cluster  Cluster
	Limits   Limits
	Keep     Keep
	Snapshot Snapshot
	// Engine bounds the engine of each tenant. Its Scope is the tenant's.
	Engine  recon.Config
	Notices Notices
	Log     Log
	// Metrics: /metrics is served.
	Metrics bool
	// Region is that of tenants who name none, such as "US".
	Region string
	// Demo lets a simulated company call, which DemoSeed decides about.
	Demo     bool
	DemoSeed uint64
	Tenants  []Tenant
	Tokens   []Token
	// Warnings are what works and is not wise.
	Warnings []Problem

	origins map[string]string
}

// TLS is the server's certificate, or its zero value.
type TLS struct {
	// Cert and Key are files in PEM form: both or none.
	Cert, Key string
	// Pair is what they hold, nil for none.
	Pair *tls.Certificate
}

// Cluster says how the server is one node of several.
type Cluster struct {
	// Servers are URLs of NATS servers, with commas between, "" for a server that is
	// alone. They may hold passwords.
	Servers Secret
	// Node is the node's name, "" for one made of the machine's and the port.
	Node string
	// Roles is "all", "ingest" or "work".
	Roles string
	// Credentials and CA are files, "" for none.
	Credentials, CA string
	Prefix          string
	// Partitions of a new cluster, 0 for the usual number.
	Partitions, Replicas int
	Lease, Keep, Changes time.Duration
	// Outbox and Stream are in bytes, 0 for as much as there is room for.
	Outbox, Stream int64
}

// Limits of requests, and of memory.
type Limits struct {
	// Body is the longest body of a notification, in bytes.
	Body int64
	// HeaderTimeout is how long a client may take for the head of a request, ReadTimeout
	// for all of it.
	HeaderTimeout, ReadTimeout time.Duration
	// Connections is how many there may be at once.
	Connections int
	// Memory is what the process tries to stay below, in bytes.
	Memory int64
}

// Keep says how long what is kept. Zero keeps everything.
type Keep struct {
	// Raw is for notifications as they came, Calls for calls that are final, Dead for
	// notices that could not be delivered.
	Raw, Calls, Dead time.Duration
	// Size is how large the database may be, in bytes.
	Size int64
}

// Snapshot says when the state of an engine is saved: when so many events were applied
// since the last time, or some and so much time passed.
type Snapshot struct {
	After int
	Every time.Duration
}

// Notices says how notices are delivered.
type Notices struct {
	// Retry is how long a notice is tried before it is a dead letter.
	Retry time.Duration
	// AllowHTTP: targets need no TLS. AllowPrivate: they may be on this machine or in a
	// private network; or, in the networks of Allow alone.
	AllowHTTP, AllowPrivate bool
	Allow                   []netip.Prefix
	// Concurrency is how many are under way at once.
	Concurrency int
}

// Log says what is logged, and how.
type Log struct {
	Level slog.Level
	// Format is "text" or "json".
	Format string
	// Numbers: phone numbers and names are written as they are, not masked.
	Numbers bool
}

// Tenant is a tenant that stands in the file.
type Tenant struct {
	Name string
	// Scope is "account" or "extension".
	Scope string
	// Region is a country such as "US".
	Region string
	// Token is the subscription's verification token. It is "" if and only if Open.
	Token Secret
	// Open takes every notification.
	Open bool
	// NoticeURL is where notices go, "" for none. NoticeSecret signs them, and is
	// several, with spaces between, while one replaces the other.
	NoticeURL    string
	NoticeSecret Secret
	// NoticeKinds are those that are wanted, empty for the usual ones.
	NoticeKinds []string
}

// Token is an API token that stands in the file.
type Token struct {
	Name string
	Role store.Role
	// Tenant restricts it to one, by name; "" is for all.
	Tenant string
	Token  Secret
}

// Secret is a text that is never printed. Convert it to a string to use it.
type Secret string

// String tells whether there is one.
func (s Secret) String() string {
	if s == "" {
		return "unset"
	}
	return "set"
}

// Format does not tell more, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

// MarshalText does not tell more.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Default is the configuration of a server that was told nothing.
func Default() *Config {
	return &Config{
		Data:     "legwork-data",
		Listen:   "127.0.0.1:8080",
		Cluster:  Cluster{Roles: "all", Prefix: "legwork", Replicas: 3, Lease: 12 * time.Second, Keep: time.Hour, Changes: day},
		Limits:   Limits{Body: 1 << 20, HeaderTimeout: 10 * time.Second, ReadTimeout: 10 * time.Second, Connections: 16_384, Memory: 400 << 20},
		Keep:     Keep{Dead: 30 * day},
		Snapshot: Snapshot{After: 100_000, Every: 5 * time.Minute},
		Engine: recon.Config{
			Quiet: recon.DefaultQuiet, PeerWait: recon.DefaultPeerWait, OpenBound: recon.DefaultOpenBound,
			Retention: 5 * time.Minute, MaxObservations: 150_000, MaxFinal: 100_000, Remember: recon.DefaultRemember,
		},
		Notices:  Notices{Retry: 24 * time.Hour, Concurrency: 16},
		Log:      Log{Level: slog.LevelInfo, Format: "text"},
		Metrics:  true,
		Region:   "US",
		DemoSeed: 1,
		origins:  map[string]string{},
	}
}

// Origin says where the value of a setting is from: "--listen", "LEGWORK_LISTEN",
// "legwork.yaml:3", or "" for its default.
func (c *Config) Origin(name string) string { return c.origins[name] }
