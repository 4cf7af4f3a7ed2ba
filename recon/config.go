package recon

import (
	"fmt"
	"time"

	"github.com/legworkhq/legwork/recon/internal/graph"
)

// Scope says whose events the engine is given.
type Scope uint8

const (
	// ScopeAccount: an account-level subscription. Every change of a session is
	// notified, so a missing sequence number proves a missing event.
	ScopeAccount Scope = iota
	// ScopeExtension: an extension-level subscription. Other parties' events are
	// legitimately unseen, and gaps prove nothing.
	ScopeExtension
)

// Config bounds an Engine. The zero Config works: each field's zero stands for its
// default. Negative values are an error from New.
type Config struct {
	Scope Scope
	// Quiet is how long nothing must arrive for a call, all of whose legs have ended,
	// before it is final. Default one minute.
	Quiet time.Duration
	// PeerWait is how long a call whose legs have all ended waits for the session of a
	// peer that was named and has not been seen. Default ten minutes; never below
	// Quiet.
	PeerWait time.Duration
	// Retention is how long a final call is kept for Call and for late events. Then it
	// is forgotten. Default one hour.
	Retention time.Duration
	// OpenBound is how long nothing must arrive for a call with a living leg before it
	// is closed with the finding no-end. Default 24 hours; never below PeerWait.
	OpenBound time.Duration
	// MaxObservations bounds the memory of the engine: how many observations it holds
	// for all calls together, about half a kilobyte each. Above it the final call that
	// was final longest, else the call that was quiet longest, is forgotten early and
	// reported in Changes.Evicted. Default 4,194,304.
	MaxObservations int
	// MaxFinal bounds how many final calls are kept, whatever Retention says: above it
	// the one that was final longest is forgotten. Default 1,048,576.
	MaxFinal int
	// Remember is of how many sessions of forgotten calls the engine remembers the
	// name, so that an event that comes later still is TooLate and does not start a
	// zombie call; about so many, eight bytes each. Default 262,144.
	Remember int
}

// Defaults of Config.
const (
	DefaultQuiet           = time.Minute
	DefaultPeerWait        = 10 * time.Minute
	DefaultRetention       = time.Hour
	DefaultOpenBound       = 24 * time.Hour
	DefaultMaxObservations = 1 << 22
	DefaultMaxFinal        = 1 << 20
	DefaultRemember        = 1 << 18
)

// validate fills in defaults.
func (c Config) validate() (Config, error) {
	if c.Scope > ScopeExtension {
		return c, &ConfigError{"Scope", "is neither ScopeAccount nor ScopeExtension"}
	}
	for _, d := range []struct {
		name  string
		value *time.Duration
		zero  time.Duration
	}{
		{"Quiet", &c.Quiet, DefaultQuiet}, {"PeerWait", &c.PeerWait, DefaultPeerWait},
		{"Retention", &c.Retention, DefaultRetention}, {"OpenBound", &c.OpenBound, DefaultOpenBound},
	} {
		if *d.value < 0 {
			return c, &ConfigError{d.name, "is negative"}
		}
		if *d.value == 0 {
			*d.value = d.zero
		}
	}
	for _, n := range []struct {
		name  string
		value *int
		zero  int
	}{
		{"MaxObservations", &c.MaxObservations, DefaultMaxObservations}, {"MaxFinal", &c.MaxFinal, DefaultMaxFinal},
		{"Remember", &c.Remember, DefaultRemember},
	} {
		if *n.value < 0 {
			return c, &ConfigError{n.name, "is negative"}
		}
		if *n.value == 0 {
			*n.value = n.zero
		}
	}
	c.PeerWait = max(c.PeerWait, c.Quiet)
	c.OpenBound = max(c.OpenBound, c.PeerWait)
	return c, nil
}

func (c Config) rules() graph.Rules {
	return graph.Rules{Account: c.Scope == ScopeAccount, Quiet: c.Quiet.Milliseconds(), PeerWait: c.PeerWait.Milliseconds(), OpenBound: c.OpenBound.Milliseconds()}
}

// ConfigError is returned by New and Restore for a Config that makes no sense.
type ConfigError struct {
	Field, Text string
}

func (e *ConfigError) Error() string { return fmt.Sprintf("recon: Config.%s %s", e.Field, e.Text) }
