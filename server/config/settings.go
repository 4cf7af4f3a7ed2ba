package config

import (
	"strings"
	"time"
)

// setting is all there is to say about one of them.
type setting struct {
	// name is the flag's, and, in capitals after LEGWORK_, the variable's.
	name string
	// key is where it stands in the file.
	key string
	// help is a sentence without its full stop; the `PLACEHOLDER` is the flag's.
	help string
	// rare ones are left out of the help of commands.
	rare bool
	// at finds its value in a Config.
	at func(c *Config) value
}

// env is the name of the environment variable.
func (s *setting) env() string {
	return "LEGWORK_" + strings.ToUpper(strings.ReplaceAll(s.name, "-", "_"))
}

const (
	day  = 24 * time.Hour
	year = 365 * day
	kib  = 1 << 10
	mib  = 1 << 20
	gib  = 1 << 30
)

// settings is every one, in the order in which they are shown.
var settings = []setting{
	{"data", "data", "`DIRECTORY` of the database", false,
		func(c *Config) value { return &path{&c.Data, "a directory such as /var/lib/legwork"} }},
	{"store", "store", "`URL` of a PostgreSQL database that keeps everything in place of a file in the directory", false,
		func(c *Config) value { return &database{&c.Store} }},
	{"listen", "listen", "`ADDRESS` to listen at; port 0 for any that is free", false,
		func(c *Config) value { return &text{&c.Listen, "an address such as 127.0.0.1:8080", address} }},
	{"public-url", "publicURL", "`URL` at which the outside world reaches the server, when a proxy stands before it", false,
		func(c *Config) value {
			return &text{&c.PublicURL, "an address such as https://legwork.example.com", publicURL}
		}},
	{"tls-cert", "tls.cert", "`FILE` with the certificate, and those that lead to it, in PEM form", false,
		func(c *Config) value { return &path{&c.TLS.Cert, "a file"} }},
	{"tls-key", "tls.key", "`FILE` with the key of the certificate, in PEM form", false,
		func(c *Config) value { return &path{&c.TLS.Key, "a file"} }},
	{"cluster", "cluster.servers", "`URLS` of NATS servers, with commas between: the server is one node of a cluster that shares the database of store", false,
		func(c *Config) value { return &servers{&c.Cluster.Servers} }},
	{"cluster-node", "cluster.node", "`NAME` of this node; no other one may have it. The machine's name and the port unless set", false,
		func(c *Config) value {
			return &text{&c.Cluster.Node, "1 to 64 letters, digits, dots, hyphens, underscores and colons", nodeName}
		}},
	{"cluster-roles", "cluster.roles", "what the node does: all, ingest (webhooks) or work (calls and notices)", false,
		func(c *Config) value { return &choice{&c.Cluster.Roles, []string{"all", "ingest", "work"}} }},
	{"cluster-credentials", "cluster.credentials", "`FILE` with NATS credentials", true,
		func(c *Config) value { return &path{&c.Cluster.Credentials, "a file"} }},
	{"cluster-ca", "cluster.ca", "`FILE` with the certificates that the NATS servers' ones are signed by", true,
		func(c *Config) value { return &path{&c.Cluster.CA, "a file"} }},
	{"cluster-prefix", "cluster.prefix", "`NAME` that begins those of everything the cluster has in NATS", true,
		func(c *Config) value {
			return &text{&c.Cluster.Prefix, "1 to 32 letters, digits, hyphens and underscores", prefixName}
		}},
	{"cluster-partitions", "cluster.partitions", "how many partitions a new cluster gets; 0 for as many as there are, else 32", true,
		func(c *Config) value { return &number{&c.Cluster.Partitions, 0, 1024} }},
	{"cluster-replicas", "cluster.replicas", "on how many NATS servers a new cluster keeps each message", true,
		func(c *Config) value { return &number{&c.Cluster.Replicas, 1, 5} }},
	{"cluster-lease", "cluster.lease", "how long a node that is silent keeps its work", true,
		func(c *Config) value { return &duration{&c.Cluster.Lease, 2 * time.Second, 5 * time.Minute, ""} }},
	{"cluster-outbox", "cluster.outbox", "how large the outbox of a node may be, which holds what NATS has not taken yet", true,
		func(c *Config) value { return &size{&c.Cluster.Outbox, 16 * mib, 1 << 50, "unlimited"} }},
	{"cluster-stream", "cluster.stream", "how large a new cluster's stream of notifications may be", true,
		func(c *Config) value { return &size{&c.Cluster.Stream, 16 * mib, 1 << 50, "unlimited"} }},
	{"cluster-keep", "cluster.keep", "how long notifications stay in the stream after they are in the journal", true,
		func(c *Config) value { return &duration{&c.Cluster.Keep, time.Minute, 30 * day, ""} }},
	{"cluster-changes", "cluster.changes", "how long changes of calls can be read from their stream", true,
		func(c *Config) value { return &duration{&c.Cluster.Changes, time.Minute, 365 * day, ""} }},
	{"region", "region", "`COUNTRY` whose national numbers are understood, of tenants that name none", false,
		func(c *Config) value { return &text{&c.Region, "two letters such as US", region} }},

	{"keep-raw", "keep.raw", "how long notifications are kept as they came", false,
		func(c *Config) value { return &duration{&c.Keep.Raw, time.Hour, 100 * year, "forever"} }},
	{"keep-calls", "keep.calls", "how long final calls are kept after their last change", false,
		func(c *Config) value { return &duration{&c.Keep.Calls, time.Hour, 100 * year, "forever"} }},
	{"keep-dead", "keep.dead", "how long notices are kept that could not be delivered", false,
		func(c *Config) value { return &duration{&c.Keep.Dead, time.Hour, 100 * year, "forever"} }},
	{"keep-size", "keep.size", "how large the database may be; above it the oldest notifications go, then the oldest final calls", false,
		func(c *Config) value { return &size{&c.Keep.Size, 16 * mib, 1 << 50, "unlimited"} }},

	{"log-level", "log.level", "what is logged: debug, info, warn or error", false,
		func(c *Config) value { return &level{&c.Log.Level} }},
	{"log-format", "log.format", "how it is logged: text or json", false,
		func(c *Config) value { return &choice{&c.Log.Format, []string{"text", "json"}} }},
	{"log-numbers", "log.numbers", "log phone numbers and names as they are, not masked", false,
		func(c *Config) value { return (*boolean)(&c.Log.Numbers) }},
	{"metrics", "metrics", "serve /metrics for Prometheus", false,
		func(c *Config) value { return (*boolean)(&c.Metrics) }},
	{"demo", "demo", "let a simulated company call; the data is thrown away unless its directory is named", false,
		func(c *Config) value { return (*boolean)(&c.Demo) }},
	{"demo-seed", "demoSeed", "who calls whom in the demo", true,
		func(c *Config) value { return (*seed)(&c.DemoSeed) }},

	{"notice-retry", "notices.retry", "how long a notice is tried before it is a dead letter", false,
		func(c *Config) value { return &duration{&c.Notices.Retry, time.Minute, 30 * day, ""} }},
	{"notice-allow-http", "notices.allowHTTP", "deliver notices without TLS too", true,
		func(c *Config) value { return (*boolean)(&c.Notices.AllowHTTP) }},
	{"notice-allow-private", "notices.allowPrivate", "deliver notices to this machine and to private networks too", true,
		func(c *Config) value { return (*boolean)(&c.Notices.AllowPrivate) }},
	{"notice-allow", "notices.allow", "`NETWORKS`, with commas between, to which notices are delivered although they are private", true,
		func(c *Config) value { return &networks{&c.Notices.Allow} }},
	{"notice-concurrency", "notices.concurrency", "how many notices are under way at once", true,
		func(c *Config) value { return &number{&c.Notices.Concurrency, 1, 1000} }},

	{"max-body", "limits.body", "the longest body of a notification", true,
		func(c *Config) value { return &size{&c.Limits.Body, 16 * kib, 64 * mib, ""} }},
	{"header-timeout", "limits.headerTimeout", "how long a client may take for the head of a request", true,
		func(c *Config) value { return &duration{&c.Limits.HeaderTimeout, time.Second, 10 * time.Minute, ""} }},
	{"read-timeout", "limits.readTimeout", "how long a client may take for a whole request", true,
		func(c *Config) value { return &duration{&c.Limits.ReadTimeout, time.Second, 10 * time.Minute, ""} }},
	{"max-connections", "limits.connections", "how many connections there may be at once; more wait", true,
		func(c *Config) value { return &number{&c.Limits.Connections, 16, 1_000_000} }},
	{"memory", "limits.memory", "what the process tries to stay below", true,
		func(c *Config) value { return &size{&c.Limits.Memory, 64 * mib, 1 << 44, ""} }},

	{"quiet", "engine.quiet", "how long nothing must come for a call that has ended before it is final", true,
		func(c *Config) value { return &duration{&c.Engine.Quiet, time.Millisecond, day, ""} }},
	{"peer-wait", "engine.peerWait", "how long a call that has ended waits for a session that was named", true,
		func(c *Config) value { return &duration{&c.Engine.PeerWait, time.Millisecond, 7 * day, ""} }},
	{"open-bound", "engine.openBound", "how long nothing must come for a call that has not ended before it is closed", true,
		func(c *Config) value { return &duration{&c.Engine.OpenBound, time.Millisecond, 30 * day, ""} }},
	{"engine-retention", "engine.retention", "how long a final call stays in memory", true,
		func(c *Config) value { return &duration{&c.Engine.Retention, time.Millisecond, 7 * day, ""} }},
	{"max-observations", "engine.maxObservations", "how many observations of one tenant are in memory, of about half a kilobyte each", true,
		func(c *Config) value { return &number{&c.Engine.MaxObservations, 1000, 1 << 30} }},
	{"snapshot-every", "snapshot.every", "how long after a snapshot of an engine the next one is saved", true,
		func(c *Config) value { return &duration{&c.Snapshot.Every, time.Second, day, ""} }},
	{"snapshot-after", "snapshot.after", "after how many events it is saved earlier", true,
		func(c *Config) value { return &number{&c.Snapshot.After, 100, 1 << 30} }},
}

// byName finds a setting, or nil.
func byName(name string) *setting {
	for i := range settings {
		if settings[i].name == name {
			return &settings[i]
		}
	}
	return nil
}
