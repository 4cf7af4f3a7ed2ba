package config

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/legworkhq/legwork/server/notice"
)

// check finds what is wrong with settings that are right each by itself.
func (l *loader) check() {
	l.checkTimes()
	if l.bare {
		return
	}
	l.checkTLS()
	l.checkReach()
	l.checkCluster()
	for i := range l.c.Tenants {
		l.checkTenant(&l.c.Tenants[i])
	}
	for _, t := range l.c.Tokens {
		if _, here := l.lines["tenant "+t.Tenant]; t.Tenant != "" && !here {
			l.problem(l.lines["token "+t.Name], "token "+t.Name+" is for tenant "+t.Tenant+", which does not stand here; for one that was added otherwise use legwork tokens add")
		}
	}
	if l.c.Demo && len(l.c.Tenants) > 0 {
		l.problem(l.c.Origin("demo"), "a demo needs a server of its own: tenants are configured")
	}
}

// where says where one of some settings is from: the first that is no default.
func (l *loader) where(names ...string) string {
	for _, n := range names {
		if o := l.c.Origin(n); o != "" {
			return o
		}
	}
	return "--" + names[0]
}

func (l *loader) checkTLS() {
	t := &l.c.TLS
	switch {
	case t.Cert == "" && t.Key == "":
		return
	case t.Cert == "":
		l.problem(l.where("tls-key"), "there is a key and no certificate; want tls-cert too")
		return
	case t.Key == "":
		l.problem(l.where("tls-cert"), "there is a certificate and no key; want tls-key too")
		return
	}
	pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
	if err != nil {
		l.problem(l.where("tls-cert", "tls-key"), "the certificate cannot be used: "+strings.TrimPrefix(err.Error(), "tls: "))
		return
	}
	t.Pair = &pair
	l.checkExpiry(pair.Leaf)
	if readable(t.Key) {
		l.warn(l.where("tls-key"), t.Key+" is a key, and others may read it; take their right away (chmod 600)")
	}
}

// soon is how long before its end a certificate is complained about.
const soon = 14 * day

func (l *loader) checkExpiry(cert *x509.Certificate) {
	if cert == nil {
		return
	}
	switch left := time.Until(cert.NotAfter); {
	case left < 0:
		l.warn(l.where("tls-cert"), "the certificate was valid until "+cert.NotAfter.Format(time.DateOnly)+": RingCentral will not deliver")
	case left < soon:
		l.warn(l.where("tls-cert"), "the certificate is valid until "+cert.NotAfter.Format(time.DateOnly)+" only")
	case time.Until(cert.NotBefore) > 0:
		l.warn(l.where("tls-cert"), "the certificate is not valid before "+cert.NotBefore.Format(time.DateOnly))
	}
}

// checkTimes compares times that depend on each other. Those that nobody set give way.
func (l *loader) checkTimes() {
	e, keep := &l.c.Engine, &l.c.Keep
	l.order("quiet", e.Quiet, "peer-wait", &e.PeerWait)
	l.order("peer-wait", e.PeerWait, "open-bound", &e.OpenBound)
	if keep.Raw != 0 && keep.Raw < e.OpenBound && !l.broken["keep-raw"] && !l.broken["open-bound"] {
		l.problem(l.where("keep-raw", "open-bound"), "keep-raw is "+formatDuration(keep.Raw)+", and a call may be open for "+formatDuration(e.OpenBound)+
			" (open-bound): it would lose its beginning")
	}
	l.order("header-timeout", l.c.Limits.HeaderTimeout, "read-timeout", &l.c.Limits.ReadTimeout)
}

// order sees to it that long is not shorter than short.
func (l *loader) order(short string, d time.Duration, long string, p *time.Duration) {
	switch {
	case *p >= d || l.broken[short] || l.broken[long]:
	case l.c.Origin(long) == "":
		*p = d
	default:
		l.problem(l.where(long), long+" is "+formatDuration(*p)+", shorter than "+short+", which is "+formatDuration(d))
	}
}

// checkReach warns of what the outside world could do.
func (l *loader) checkReach() {
	host, _, _ := net.SplitHostPort(l.c.Listen)
	ip, err := netip.ParseAddr(host)
	local := host == "localhost" || err == nil && ip.IsLoopback()
	if !local && l.c.TLS.Cert == "" {
		l.warn(l.where("listen"), "others can reach "+l.c.Listen+", and there is no certificate: tokens and calls cross the network readable, unless a proxy with TLS is all that can reach it")
	}
	if strings.HasPrefix(l.c.PublicURL, "http://") {
		l.warn(l.where("public-url"), "RingCentral delivers to https alone")
	}
	if l.c.Log.Numbers {
		l.warn(l.where("log-numbers"), "the log will hold phone numbers and names")
	}
}

// checkCluster sees whether a node has what it needs.
func (l *loader) checkCluster() {
	c := &l.c.Cluster
	if c.Servers == "" {
		return
	}
	if l.c.Store == "" && !l.broken["store"] {
		l.problem(l.where("cluster"), "the nodes of a cluster share a PostgreSQL database; want store too, such as postgres://legwork@db.example.com/legwork")
	}
	if l.c.Demo {
		l.problem(l.where("demo"), "a demo needs a server of its own, not a cluster")
	}
	if c.Replicas < 3 {
		l.warn(l.where("cluster-replicas"), "with fewer than 3 replicas the loss of one NATS server stops the cluster")
	}
}

// checkTenant sees whether notices may go where they shall.
func (l *loader) checkTenant(t *Tenant) {
	if t.Region == "" {
		t.Region = l.c.Region
	}
	if t.NoticeURL == "" {
		return
	}
	to := notice.Targets{HTTP: l.c.Notices.AllowHTTP, Private: l.c.Notices.AllowPrivate, Allow: l.c.Notices.Allow}
	if err := to.Check(t.NoticeURL); err != nil {
		l.problem(l.lines["tenant "+t.Name], "tenant "+t.Name+": "+err.Error())
	}
}

// Check finds what stands in the way on this machine: what Load does not look at, because
// a server that starts would say it itself.
func (c *Config) Check() Problems {
	where := c.Origin("data")
	if c.Demo && where == "" {
		return nil
	}
	if where == "" {
		where = "--data"
	}
	dir := c.Data
	info, err := os.Stat(dir)
	for os.IsNotExist(err) && filepath.Dir(dir) != dir { // it will be made
		dir = filepath.Dir(dir)
		info, err = os.Stat(dir)
	}
	switch {
	case err != nil:
		return Problems{{where, c.Data + ": " + reason(err)}}
	case !info.IsDir():
		return Problems{{where, dir + " is no directory"}}
	}
	if err := writable(dir); err != nil {
		return Problems{{where, dir + " cannot be written: " + reason(err)}}
	}
	return nil
}

func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".legwork-check-"+strconv.Itoa(os.Getpid())+"-")
	if err != nil {
		return err
	}
	f.Close()
	return os.Remove(f.Name())
}
