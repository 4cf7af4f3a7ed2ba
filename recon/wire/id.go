package wire

import (
	"encoding/base64"
	"net/netip"
	"strconv"
	"strings"
)

// Grammar is one of the three ways RingCentral has written telephony session ids.
type Grammar uint8

const (
	GrammarUnknown Grammar = iota
	// Grammar2018: unpadded base64url of "cs<digits>@<server IPv4>"; parties are
	// "cs<digits>-N". [documented]
	Grammar2018
	// Grammar2019: "s-" and 32 hexadecimal digits; parties "p-<same>-N". [observed]
	Grammar2019
	// Grammar2022: "s-<server IPv4 and tag>z<creation time>z<counter>0000"; parties
	// "p-<same>-N". The creation time is in milliseconds since the epoch. [observed]
	Grammar2022
)

// ID is what a session id or a party id says about itself.
type ID struct {
	Grammar Grammar
	// Tail is the part that a session id and its parties' ids share.
	Tail string
	// Server is the IPv4 address of the server, "" when the grammar carries none. Of
	// a party id it is known in the 2022 grammar only.
	Server string
	// Created is the session's creation time, zero when the grammar carries none.
	Created Time
	// Party is N, the party's number in its session, 0 for a session id.
	Party int
}

// ParseID reads a session id or a party id of any grammar. An id of no known
// grammar still yields its party number when it ends in "-N", and GrammarUnknown.
func ParseID(id string) ID {
	whole, party := cutParty(id)
	out := ID{Tail: whole, Party: party}
	if isSession, isParty := strings.HasPrefix(whole, "s-"), strings.HasPrefix(whole, "p-"); isSession || isParty {
		out.Tail = whole[2:]
		if len(out.Tail) == 32 && isHex(out.Tail) {
			out.Grammar = Grammar2019
		} else if head, created, ok := split2022(out.Tail); ok {
			out.Grammar, out.Server, out.Created = Grammar2022, serverAddress(head), created
		}
		return out
	}
	if is2018Tail(whole) {
		out.Grammar = Grammar2018
		return out
	}
	if raw, err := base64.RawURLEncoding.DecodeString(whole); err == nil {
		if tail, server, ok := strings.Cut(string(raw), "@"); ok && is2018Tail(tail) {
			out.Grammar, out.Tail, out.Server = Grammar2018, tail, server
		}
	}
	return out
}

// cutParty splits "...-N". An id without a party number comes back whole, with 0;
// so does every session id, "s-1" included.
func cutParty(id string) (whole string, party int) {
	cut := strings.LastIndexByte(id, '-')
	n := PartyNumber(id)
	if n == 0 || strings.HasPrefix(id, "s-") || cut == 1 && id[0] == 'p' {
		return id, 0
	}
	return id[:cut], n
}

// is2018Tail reports whether s is "cs" and digits.
func is2018Tail(s string) bool { return strings.HasPrefix(s, "cs") && isDigits(s[2:]) }

// SessionStart returns the creation time that a session id carries, zero when its
// grammar carries none. It does not allocate.
func SessionStart(id string) Time {
	if len(id) == 34 || !strings.HasPrefix(id, "s-") { // 34: the 2019 grammar
		return 0
	}
	_, created, _ := split2022(id[2:])
	return created
}

// PartyNumber returns N of a party id "...-N", 0 when it has none. It does not
// allocate.
func PartyNumber(id string) int {
	n, mul := 0, 1
	for i := len(id) - 1; i > 0; i-- {
		c := id[i]
		switch {
		case c >= '0' && c <= '9' && mul <= 100_000_000:
			n += int(c-'0') * mul
			mul *= 10
		case c == '-' && mul > 1:
			return n
		default:
			return 0
		}
	}
	return 0
}

// split2022 cuts "<ip and tag>z<creation>z<counter>0000". The head is an IPv4
// address in hexadecimal without leading zeros (7 or 8 digits) and a tag of 6; the
// creation time has 11 digits from 2004 to 2527. [observed]
func split2022(tail string) (head string, created Time, ok bool) {
	head, rest, ok := strings.Cut(tail, "z")
	if !ok || len(head) < 13 || len(head) > 14 || !isHex(head) {
		return "", 0, false
	}
	stamp, counter, ok := strings.Cut(rest, "z")
	if !ok || len(stamp) != 11 || len(counter) < 5 || !isHex(counter) {
		return "", 0, false
	}
	v, err := strconv.ParseUint(stamp, 16, 63)
	if err != nil {
		return "", 0, false
	}
	return head, Time(v), true
}

// serverAddress reads the address in the head of a 2022 id.
func serverAddress(head string) string {
	ip, err := strconv.ParseUint(head[:len(head)-6], 16, 32)
	if err != nil {
		return ""
	}
	return netip.AddrFrom4([4]byte{byte(ip >> 24), byte(ip >> 16), byte(ip >> 8), byte(ip)}).String()
}

// IsTelephonySessionID reports whether s looks like a telephonySessionId rather
// than a legacy numeric session id: it starts with "s-" or is a 2018 id.
func IsTelephonySessionID(s string) bool {
	return strings.HasPrefix(s, "s-") || len(s) > 16 && !isDigits(s) && ParseID(s).Grammar == Grammar2018
}

func isHex(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return s != ""
}

func isDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
