package mask

import (
	"encoding/base64"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"github.com/legworkhq/legwork/recon/wire"
)

// id replaces an account's, extension's, device's, mailbox's, recording's or message's
// id: digits stay digits, as many. The last three of a long one name a pod [observed]
// and are the same in ids of one account and in its legacy session ids; so they are
// after.
func (m *Masker) id(s string) string {
	if !isDigits(s) {
		return m.opaque(s)
	}
	return m.podded("id", s)
}

const podDigits = 3

func (m *Masker) podded(purpose, s string) string {
	if len(s) <= 2*podDigits {
		return m.key.digits(purpose, s, 10)
	}
	head, pod := s[:len(s)-podDigits], s[len(s)-podDigits:]
	n, _ := strconv.ParseUint(pod, 10, 64)
	return m.key.digits(purpose+" "+pod, head, 10) + fmt.Sprintf("%03d", m.key.permute("pod", n, 1000))
}

// opaque replaces an id of which nothing is read: a GUID by one, hexadecimal digits by
// as many, and all else by hexadecimal digits.
func (m *Masker) opaque(s string) string {
	switch {
	case isGUID(s):
		h := m.key.hex("guid", s, 32)
		return h[:8] + "-" + h[8:12] + "-" + s[14:15] + h[13:16] + "-" + s[19:20] + h[17:20] + "-" + h[20:]
	case isHex(s) && len(s) >= 16 && len(s) <= 64:
		return m.key.hex("hex", s, len(s))
	}
	return m.key.hex("opaque", s, 32)
}

func isGUID(s string) bool {
	return len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' && isHex(strings.ReplaceAll(s, "-", "")) && strings.Count(s, "-") == 4
}

// uuid replaces a notification's id by one of as many digits, within 63 bits if it was.
func (m *Masker) uuid(s string) string {
	if swapped, ok := m.uuids[s]; ok {
		return swapped
	}
	if n, ok := uuidNumber(s); ok {
		first, last := power(10, len(s)-1), power(10, len(s))-1
		if n > math.MaxInt64 {
			first = math.MaxInt64 + 1
		} else {
			last = min(last, math.MaxInt64)
		}
		return strconv.FormatUint(m.key.permuteIn("uuid", n, first, last), 10)
	}
	return m.opaque(s)
}

// uuidNumber reads a uuid as the engine does: as a number of up to 19 digits.
func uuidNumber(s string) (uint64, bool) {
	if len(s) > 19 || !isDigits(s) || s[0] == '0' {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 64)
	return n, err == nil
}

// session replaces a telephony session id in its grammar; the creation time that
// today's carries stays, for the engine reads it.
func (m *Masker) session(s string) string {
	if swapped, ok := m.sessions[s]; ok {
		return swapped
	}
	return m.plainSession(s)
}

// plainSession is session without regard to the order of ids.
func (m *Masker) plainSession(s string) string {
	if tail, ok := strings.CutPrefix(s, "s-"); ok {
		return "s-" + m.plainTail(tail)
	}
	if id := wire.ParseID(s); id.Grammar == wire.Grammar2018 && id.Server != "" {
		if ip, err := netip.ParseAddr(id.Server); err == nil && ip.Is4() {
			return base64.RawURLEncoding.EncodeToString([]byte(m.plainTail(id.Tail) + "@" + m.address(ip).String()))
		}
	}
	return m.plainTail(s)
}

// party replaces a party id: the tail as in its session's id, the number stays.
func (m *Masker) party(s string) string {
	whole, number := s, ""
	if wire.PartyNumber(s) > 0 {
		cut := strings.LastIndexByte(s, '-')
		whole, number = s[:cut], s[cut:]
	}
	if tail, ok := strings.CutPrefix(whole, "p-"); ok {
		return "p-" + m.tail(tail) + number
	}
	return m.tail(whole) + number
}

// tailOf is the part that a session id shares with its parties'.
func tailOf(session string) string {
	if tail, ok := strings.CutPrefix(session, "s-"); ok {
		return tail
	}
	if id := wire.ParseID(session); id.Grammar == wire.Grammar2018 {
		return id.Tail
	}
	return session
}

func (m *Masker) tail(s string) string {
	if swapped, ok := m.tails[s]; ok {
		return swapped
	}
	return m.plainTail(s)
}

// plainTail replaces the tail of an id in any grammar. A tail may be given another
// replacement, by number, where the first would not do.
func (m *Masker) plainTail(s string) string {
	again := ""
	if n := m.again[s]; n > 0 {
		again = " " + strconv.Itoa(n)
	}
	if digits, ok := strings.CutPrefix(s, "cs"); ok && isDigits(digits) {
		return "cs" + m.key.digits("cs"+again, digits, 10)
	}
	if head, stamp, counter, ok := split2022(s); ok {
		return m.tail2022(head, stamp, counter, again)
	}
	return m.key.hex("tail"+again, s, 32)
}

// split2022 cuts the tail of today's ids: server and tag, creation time, counter.
func split2022(tail string) (head, stamp, counter string, ok bool) {
	if wire.SessionStart("s-"+tail) == 0 {
		return "", "", "", false
	}
	part := strings.Split(tail, "z")
	ok = len(part) == 3 && isHex(part[0]) && isHex(part[1]) && isHex(part[2]) && len(part[2]) <= 2*chunk
	if !ok {
		return "", "", "", false
	}
	return part[0], part[1], part[2], true
}

const (
	tagDigits = 6
	idEnd     = "0000"
)

func (m *Masker) tail2022(head, stamp, counter, again string) string {
	server, tag := head[:len(head)-tagDigits], head[len(head)-tagDigits:]
	created, _ := strconv.ParseInt(stamp, 16, 64)
	end := ""
	if len(counter) > len(idEnd) && strings.HasSuffix(counter, idEnd) {
		counter, end = counter[:len(counter)-len(idEnd)], idEnd
	}
	n, _ := strconv.ParseUint(tag, 16, 64)
	return m.addressDigits(server) + fmt.Sprintf("%06x", m.key.permute("tag "+server, n, 1<<24)) +
		fmt.Sprintf("z%011xz", created+m.shift) + m.key.digits("counter "+head+" "+stamp+again, counter, 16) + end
}

// server replaces the address in a server id.
func (m *Masker) server(s string) string {
	ip, _ := serverAddress(s)
	return m.address(ip).String() + serverEnd
}

const serverEnd = ".TAM"

func serverAddress(s string) (netip.Addr, bool) {
	text, ok := strings.CutSuffix(s, serverEnd)
	ip, err := netip.ParseAddr(text)
	return ip, ok && err == nil && ip.Is4()
}

func (m *Masker) address(ip netip.Addr) netip.Addr {
	four := ip.As4()
	text := m.addressDigits(fmt.Sprintf("%02x%02x%02x%02x", four[0], four[1], four[2], four[3]))
	v, _ := strconv.ParseUint(text, 16, 32)
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
}

// addressDigits replaces an address in hexadecimal, with or without leading zeros, by
// one of the same private network, if it is of one, and of as many digits.
func (m *Masker) addressDigits(s string) string {
	x, err := strconv.ParseUint(s, 16, 32)
	if err != nil {
		return s
	}
	first, last := network(x)
	for { // around the networks that lie within
		x = m.key.permuteIn("address", x, first, last)
		if f, _ := network(x); f == first {
			return fmt.Sprintf("%0*x", len(s), x)
		}
	}
}

// network is the private network of an address; of another one, all addresses of as
// many hexadecimal digits.
func network(ip uint64) (first, last uint64) {
	switch {
	case ip>>24 == 10:
		return 10 << 24, 11<<24 - 1
	case ip>>20 == 0xac1:
		return 0xac1 << 20, 0xac2<<20 - 1
	case ip>>16 == 0xc0a8:
		return 0xc0a8 << 16, 0xc0a9<<16 - 1
	case ip < 1<<24:
		return 0, 1<<24 - 1
	case ip < 1<<28:
		return 1 << 24, 1<<28 - 1
	}
	return 1 << 28, 1<<32 - 1
}

// resource replaces the ids in the resource of an event.
func (m *Masker) resource(s string) string {
	r, _ := parseResource(s)
	if r.account != "~" {
		r.account = m.id(r.account)
	}
	if r.extension != "~" && r.extension != "" {
		r.extension = m.id(r.extension)
	}
	return r.String()
}

type resource struct{ account, extension string }

const (
	resourceStart = "/restapi/v1.0/account/"
	resourceEnd   = "/telephony/sessions"
)

// parseResource takes a resource apart. Of a filter with a query nothing is known here:
// the resource of a notification has none [observed].
func parseResource(s string) (r resource, ok bool) {
	middle, ok1 := strings.CutPrefix(s, resourceStart)
	middle, ok2 := strings.CutSuffix(middle, resourceEnd)
	r.account, r.extension, _ = strings.Cut(middle, "/extension/")
	return r, ok1 && ok2 && r.String() == s && idInPath(r.account) && (r.extension == "" || idInPath(r.extension))
}

func idInPath(s string) bool { return s == "~" || isDigits(s) }

func (r resource) String() string {
	if r.extension == "" {
		return resourceStart + r.account + resourceEnd
	}
	return resourceStart + r.account + "/extension/" + r.extension + resourceEnd
}

// level replaces a number with or without a sign.
func (m *Masker) level(s string) string {
	digits := strings.TrimPrefix(s, "-")
	return s[:len(s)-len(digits)] + m.key.digits("level", digits, 10)
}

func isLevel(s string) bool { return isDigits(strings.TrimPrefix(s, "-")) }

// pickupTo replaces the digits before the host of RingCentral's.
func (m *Masker) pickupTo(s string) string {
	digits, host, _ := cutPickupTo(s)
	return "#" + m.id(digits) + host
}

func cutPickupTo(s string) (digits, host string, ok bool) {
	s, ok = strings.CutPrefix(s, "#")
	digits, _, _ = strings.Cut(s, "@")
	host = s[len(digits):]
	return digits, host, ok && isDigits(digits) && (host == "@sip.ringcentral.com:5060" || host == "@sip.ringcentral.com")
}
