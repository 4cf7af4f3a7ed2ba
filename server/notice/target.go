package notice

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"
)

// Targets says where notices may go. The zero Targets allows https to public addresses.
type Targets struct {
	// HTTP allows http besides https.
	HTTP bool
	// Private allows addresses that are not public: loopback and private ones. For a
	// receiver on the same machine or network.
	Private bool
	// Own is where the server itself listens: notices never go there.
	Own netip.AddrPort
	// Allow lists networks that are allowed although they are not public.
	Allow []netip.Prefix
}

// errPrivate is why an address is refused.
var errPrivate = errors.New("the address is not public; allow it in the configuration if that is meant")

// blocked are networks beyond those that netip knows: shared (RFC 6598), test,
// benchmark, reserved, and those that hide an IPv4 address in an IPv6 one.
var blocked = prefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10")

func prefixes(list ...string) (out []netip.Prefix) {
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// check refuses an address that notices may not go to.
func (t *Targets) check(a netip.Addr) error {
	a = a.Unmap().WithZone("")
	for _, p := range t.Allow {
		if p.Contains(a) {
			return nil
		}
	}
	if t.Private {
		if a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() { // metadata services are link-local
			return errPrivate
		}
		return nil
	}
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() {
		return errPrivate
	}
	for _, p := range blocked {
		if p.Contains(a) {
			return errPrivate
		}
	}
	return nil
}

// Check says what is wrong with a URL that notices are to be posted to, as far as that shows
// without asking where its name leads, and what to do.
func (t *Targets) Check(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || u.Fragment != "" || strings.ContainsFunc(text, unicode.IsSpace) || !isPort(u.Port()) {
		return fmt.Errorf("want an address such as https://crm.example.com/calls, not %.200q", text)
	}
	if u.Scheme == "http" && !t.HTTP {
		return fmt.Errorf("notices to %s would go without TLS; use https, or set notices.allowHTTP", u.Host)
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if u.Hostname() == "localhost" {
		ip, err = netip.AddrFrom4([4]byte{127, 0, 0, 1}), nil
	}
	if err == nil && t.check(ip) != nil {
		return fmt.Errorf("notices do not go to %s, which is not public; list its network in notices.allow", u.Hostname())
	}
	return nil
}

// isPort: "" is the scheme's.
func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return text == "" || err == nil && n > 0
}

// checkURL refuses what cannot be a target whatever its address.
func (t *Targets) checkURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return errors.New("it is no URL")
	case u.Scheme == "http" && !t.HTTP:
		return errors.New("want https")
	case u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return errors.New("want an https URL")
	}
	return nil
}

// errOwn: a notice to ourselves would come back as something to tell.
var errOwn = errors.New("it is this very server")

func (t *Targets) isOwn(at netip.AddrPort) bool {
	addr := at.Addr().Unmap()
	return t.Own.Port() != 0 && at.Port() == t.Own.Port() && (addr == t.Own.Addr().Unmap() || addr.IsLoopback() || addr.IsUnspecified())
}

// errRedirect: a redirect may lead anywhere.
var errRedirect = errors.New("it answered with a redirect, which is not followed")

// client makes the client that notices are posted with. The address is checked when it
// is dialled, after its name was resolved, so that no name can change its mind between.
func (t *Targets) client(timeout time.Duration) *http.Client {
	d := &net.Dialer{Timeout: 10 * time.Second, ControlContext: func(_ context.Context, network, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("%s %s: %w", network, address, errPrivate)
		}
		if t.isOwn(at) {
			return errOwn
		}
		return t.check(at.Addr())
	}}
	return &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			DialContext: d.DialContext, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: timeout,
			MaxIdleConnsPerHost: 4, MaxIdleConns: 256, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: 32 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
